package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/memproof/memproof/variants/internal/prefork"
)

func TestReadiness(t *testing.T) {
	w := newWorld(t, ClientPooled)
	for _, c := range []struct {
		crew prefork.Status
		want int
	}{
		{prefork.Status{}, 503},
		{prefork.Status{Target: 5, Ready: 4}, 503},
		{prefork.Status{Target: 5, Ready: 5, Tasks: 5}, 200},
		{prefork.Status{Target: 5, Ready: 5, Tasks: 6}, 200}, // one is leaving
		{prefork.Status{Target: 5, Ready: 6}, 503},           // one is being replaced
	} {
		w.service.crew = func() prefork.Status { return c.crew }
		got := w.do("GET", w.url+"/healthz/ready", "", nil)
		var body readiness
		if err := json.Unmarshal([]byte(got.body), &body); err != nil {
			t.Fatal(err)
		}
		if got.status != c.want || body.Ready != (c.want == 200) || body.Target != c.crew.Target || body.Serving != c.crew.Ready || body.Schedulers != c.crew.Tasks {
			t.Errorf("%+v: got %d %+v, want %d", c.crew, got.status, body, c.want)
		}
	}
}

// TestBootSeconds: more than the worker took by the test's own clock, which began later, and no more than since then.
func TestBootSeconds(t *testing.T) {
	w := newWorld(t, ClientPooled)
	before, err := sinceStart()
	if err != nil {
		t.Fatal(err)
	}
	_, url := w.worker()
	var body readiness
	if err := json.Unmarshal([]byte(w.do("GET", url+"/healthz/ready", "", nil).body), &body); err != nil {
		t.Fatal(err)
	}
	after, err := sinceStart()
	if err != nil {
		t.Fatal(err)
	}
	if before <= 0 || body.BootSeconds < before.Seconds() || body.BootSeconds > after.Seconds() {
		t.Errorf("a boot of %v s, want one between %v and %v", body.BootSeconds, before, after)
	}
}

func TestVariantz(t *testing.T) {
	w := newWorld(t, ClientPooled)
	var got map[string]string // flat, all strings
	if err := json.Unmarshal([]byte(w.do("GET", w.url+"/variantz", "", nil).body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"workers": "cpu*2+1", "worker_count": "5", "cpus": "2", "recycling": "1000/3600s",
		"scheduler": "every-worker", "ai_client": "pooled"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestVariantzSaysWhichAdviceIsFollowed(t *testing.T) {
	p, _, err := newPrefork(Config{CPUPlus1, Recycle500Or1800s, SchedulerMaster, ClientPooled, true}, lookupIn(map[string]string{
		"DATABASE_URL": "postgres://db/gateway", "AI_URL": "https://upstream:8443", "GUNICORN_WORKERS": "3",
		"GATEWAY_POOL": "size=5,overflow=10", "GATEWAY_GC_TRACE": "true", "GATEWAY_EXIT_MEMORY": "true",
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := p.variant()
	if got.Pool != "size=5,overflow=10" || got.GCTrace != "true" || got.ExitMemory != "true" || got.Preload != "true" {
		t.Errorf("got %+v", got)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.ask(w.url, "", "refund")
	w.do("POST", w.url+"/v1/chat", "{}", nil)
	got := w.do("GET", w.url+"/metrics", "", nil).body
	for _, line := range []string{
		`gateway_requests_total{endpoint="/v1/chat",status="200",worker="1"} 1`,
		`gateway_requests_total{endpoint="/v1/chat",status="401",worker="1"} 1`,
		`gateway_request_seconds_count{endpoint="/v1/chat",worker="1"} 2`,
		`gateway_upstream_connections_total{worker="1"} 1`,
		`gateway_answers_kept{worker="1"} 1`,
		`gateway_passages{worker="1"} 3`,
		`gateway_workers_wanted 5`,
		`gateway_schedulers_running 5`,
		`gateway_workers_spawned_total 5`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("/metrics lacks %s:\n%s", line, got)
		}
	}
}

// usageOf asks what a key has used.
func (w *world) usageOf(key string) keyUsage {
	w.Helper()
	got := w.do("GET", w.url+"/v1/usage", "", map[string]string{"Authorization": "Bearer " + key})
	var used keyUsage
	if err := json.Unmarshal([]byte(got.body), &used); err != nil || got.status != http.StatusOK {
		w.Fatalf("GET /v1/usage: %+v, %v", got, err)
	}
	return used
}

// TestUsage holds that the totals are right before, between and after roll-ups.
func TestUsage(t *testing.T) {
	w := newWorld(t, ClientPooled)
	tracker := w.newTracker()
	want := func(requests int64) {
		t.Helper()
		used := w.usageOf("key-1")
		// "refund" is one token, each answer 7; gpt-4 costs 30,000 and 60,000 for one.
		prompt, completion := requests, requests*7
		if used.Requests != requests || used.PromptTokens != prompt || used.CompletionTokens != completion ||
			used.NanoDollars != prompt*30_000+completion*60_000 {
			t.Errorf("after %d requests: %+v", requests, used)
		}
	}
	want(0)
	w.ask(w.url, "", "refund")
	want(1)
	tracker.mustAdvance()
	want(1)
	w.ask(w.url, "", "refund")
	want(2)
	tracker.mustAdvance()
	want(2)
	if other := w.usageOf("key-2"); other.Requests != 0 {
		t.Errorf("key-2, which asked nothing, has used %+v", other)
	}
}
