package load

import (
	"strings"
	"testing"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench"
)

var templated = bench.Target{
	Method: "POST", Path: "/v1/{{.Pick \"x\" \"y\"}}",
	Headers: map[string]string{"Authorization": "Bearer key-{{.Int 5}}", "X-Id": "hit-{{.Seq}}"},
	Body:    `{"prompt": "{{.Words 3}}"}`,
	Words:   []string{"one", "two", "three", "four"},
}

// TestTargetsAreTheSameForEveryVariant: the sequence depends on the seed alone.
func TestTargetsAreTheSameForEveryVariant(t *testing.T) {
	sequence := func(seed uint64) []string {
		ts, err := newTargets("http://host:1/", templated, seed)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for range 50 {
			var v vegeta.Target
			if err := ts.next(&v); err != nil {
				t.Fatal(err)
			}
			out = append(out, v.Method+" "+v.URL+" "+v.Header.Get("Authorization")+" "+v.Header.Get("X-Id")+" "+string(v.Body))
		}
		return out
	}
	a, b, other := sequence(7), sequence(7), sequence(8)
	distinct := map[string]bool{}
	same := 0
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("request %d differs between two runs of one seed: %s, %s", i, a[i], b[i])
		}
		if a[i] == other[i] {
			same++
		}
		distinct[a[i]] = true
	}
	if same > 5 || len(distinct) != 50 {
		t.Errorf("another seed repeats %d of 50 requests; %d of 50 are distinct", same, len(distinct))
	}
	if !strings.HasPrefix(a[3], "POST http://host:1/v1/") || !strings.Contains(a[3], " hit-3 ") {
		t.Errorf("request 3 is %q", a[3])
	}
}

func TestCheckRefusesTemplates(t *testing.T) {
	tests := []struct {
		name, body, want string
		words            []string
	}{
		{"syntax", "{{.Seq", "load.target.body", nil},
		{"unknown function", "{{.Sequence}}", "load.target.body", nil},
		{"nothing to pick", "{{.Pick}}", "Pick needs something", nil},
		{"no words", "{{.Words 2}}", "needs load.target.words", nil},
		{"range", "{{.Int 0}}", "want 1 or more", nil},
		{"too many words", "{{.Words 1000000000}}", "want 1 to 100000", []string{"w"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Check(bench.Target{Path: "/", Body: tt.body, Words: tt.words})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v does not hold %q", err, tt.want)
			}
		})
	}
	if err := Check(templated); err != nil {
		t.Error(err)
	}
}
