package secret

import (
	"strings"
	"testing"
)

// TestSecretsIn checks the rule value by value: the parts in « » are hidden.
func TestSecretsIn(t *testing.T) {
	tests := []struct{ name, value string }{
		// Hidden by the name.
		{"TOKEN", "«abc»"}, {"API_TOKEN", "«abc»"}, {"apiKey", "«abc»"}, {"x-api-key", "«abc def»"},
		{"DB_PASSWORD", "«123456»"}, {"PGPASSWORD", "«x»"}, {"dbpass", "«x»"}, {"requirepass", "«x»"}, {"CLIENT_SECRET", "«s»"},
		{"Authorization", "Bearer «abc»"}, {"Cookie", "«sid=1; b=2»"}, {"accesstoken", "«t»"},
		{"AWS_SECRET_ACCESS_KEY", "«wJalrXUtnFEMI»"}, {"SECRET_KEY_BASE", "«words and more»"},
		{"DATABASE_DSN", "«user:pw@tcp(db)/x»"},
		// Hidden by the shape.
		{"DATABASE_URL", "postgres://app:«hunter2»@db/x?sslmode=disable"},
		{"DATABASE_URL", "postgres://db/x?user=a&password=«hunter2»&sslmode=disable"},
		{"", "postgres://db/x?password=«hunter2»"}, {"", "a=token=«abc» b:c:secret:«def»"},
		{"", "-token=«abc»"}, {"", "--db.password «x»"}, {"", "export API_KEY='«x»'; exec service"},
		{"", "Authorization: Bearer «abc»"}, {"", `{"password": "«x»"}`},
		{"NOTE", "«ghp_abcdefghij0123456789»"}, {"NOTE", "«AKIAIOSFODNN7EXAMPLE»"},
		{"NOTE", "«eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln»"}, {"ID", "«123e4567-e89b-12d3-a456-426614174000»"},
		{"NOTE", "«4f3a9c0b7d2e8f6a1c5b9d0e7f2a4c6b»"}, {"NOTE", "see «q83vEjRWeJCrze/SNFZ4kKvN7xI0VniQ==»"},
		{"CERT", "«-----BEGIN PRIVATE KEY-----\nabc\n-----END» PRIVATE KEY-----"},
		// Left unchanged.
		{"GOMAXPROCS", "2"}, {"", "-passages=3000"}, {"WEB_CONCURRENCY", "5"}, {"MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"},
		{"GODEBUG", "gctrace=1,madvdontneed=1"}, {"JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75 -Xss512k"}, {"NODE_OPTIONS", "--max-old-space-size=512"},
		{"TOKENIZERS_PARALLELISM", "false"}, {"MAX_TOKENS", "4096"}, {"TOKEN_TTL", "30s"}, {"AUTH_ENABLED", "true"}, {"KEY_FILE", "/run/secrets/key.pem"},
		{"DATABASE_URL", "${database.url}"}, {"DB_PASSWORD", "${env.PW}"}, {"REDIS_URL", "redis://:${env.PW}@${cache.address}/0"},
		{"LOG_LEVEL", "info"}, {"", "/usr/local/lib/python3.11/site-packages/gunicorn/app"}, {"IMAGE", "redis@sha256:4f3a9c0b7d2e8f6a1c5b9d0e7f2a4c6b4f3a9c0b7d2e8f6a1c5b9d0e7f2a4c6b"},
		{"", "service:application"}, {"", "http://localhost:8080/healthz"}, {"", "--worker-class=uvicorn.workers.UvicornWorker"}, {"", ""},
		{"BYPASS", "cache"}, {"COMPASS", "north"}, {"KEYBOARD", "de"}, {"MONKEY", "yes"},
		{"Content-Type", "application/json"}, {"Accept", "text/html,application/xhtml+xml;q=0.9"},
		{"Authorization", "Bearer ${env.T}"},
		// Placeholders are never hidden; text around them may be.
		{"TOKEN", "«pre-»${env.T}«-post»"}, {"DSN", "«postgres://u:p@»${db.address}/x"},
	}
	for _, tt := range tests {
		value := strings.NewReplacer("«", "", "»", "").Replace(tt.value)
		name := tt.name
		if rest, ok := strings.CutPrefix(value, "--db.password "); ok { // as flags of a list
			name, value, tt.value = "--db.password", rest, strings.TrimPrefix(tt.value, "--db.password ")
		}
		got, at := "", 0
		for _, s := range In(name, value) {
			part := value[s.From:s.To]
			quote := ""
			if strings.HasPrefix(part, "'") || strings.HasPrefix(part, `"`) {
				quote, part = part[:1], part[1:len(part)-1]
			}
			got += value[at:s.From] + quote + "«" + part + "»" + quote
			at = s.To
		}
		if got += value[at:]; got != tt.value {
			t.Errorf("%s: hides %s, want %s", tt.name, got, tt.value)
		}
	}
}

// FuzzSecretsIn: the parts are in order, within the text, and touch no placeholder.
// After hiding, no part is left to hide.
func FuzzSecretsIn(f *testing.F) {
	f.Add("TOKEN", "a${env.B}c")
	f.Add("", "-token='a' password=x postgres://a:b@c")
	f.Fuzz(func(t *testing.T, name, value string) {
		at, hidden := 0, ""
		for _, s := range In(name, value) {
			if s.From < at || s.To <= s.From || s.To > len(value) {
				t.Fatalf("%q: %v", value, s)
			}
			hidden, at = hidden+value[at:s.From]+"${hidden.x}", s.To
		}
		for _, p := range Placeholder.FindAllString(value, -1) {
			if !strings.Contains(hidden+value[at:], p) {
				t.Errorf("%q under %q: %s is gone from %q", value, name, p, hidden)
			}
		}
	})
}
