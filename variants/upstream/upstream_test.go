package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func body(i int) []byte {
	return fmt.Appendf(nil, `{"model":"gpt-4","messages":[{"role":"user","content":"question %d"}]}`, i)
}

func TestDelaysAreLogNormal(t *testing.T) {
	d := delays{median: 200 * time.Millisecond, sigma: 0.25, seed: 1}
	logs := make([]float64, 20_000)
	mean := 0.0
	for i := range logs {
		logs[i] = math.Log(d.of(body(i)).Seconds() / 0.2)
		mean += logs[i] / float64(len(logs))
	}
	variance := 0.0
	for _, l := range logs {
		variance += (l - mean) * (l - mean) / float64(len(logs))
	}
	// The standard errors are 0.0018 and 0.0013: these bounds are more than four of them.
	if sigma := math.Sqrt(variance); math.Abs(mean) > 0.008 || math.Abs(sigma-0.25) > 0.006 {
		t.Errorf("the logarithm has mean %.4f and deviation %.4f, want 0 and 0.25", mean, sigma)
	}
}

func TestDelayBelongsToItsRequest(t *testing.T) {
	d := delays{median: 200 * time.Millisecond, sigma: 0.25, seed: 1}
	if first, again := d.of(body(1)), d.of(body(1)); first != again {
		t.Error("one request has two delays")
	}
	other := d
	other.seed = 2
	if d.of(body(1)) == other.of(body(1)) || d.of(body(1)) == d.of(body(2)) {
		t.Error("another seed or request has the same delay")
	}
	if got := (delays{median: time.Millisecond}).of(body(1)); got != time.Millisecond {
		t.Errorf("without spread the delay is %v", got)
	}
}

func TestAnswer(t *testing.T) {
	for i := range 300 {
		one, err := answer(body(i))
		if err != nil {
			t.Fatal(err)
		}
		var r response
		if err := json.Unmarshal(one, &r); err != nil {
			t.Fatal(err)
		}
		if n := len(strings.Fields(r.Choices[0].Message.Content)); n < 140 || n > 430 {
			t.Errorf("answer %d has %d words, want about 150 to 400", i, n)
		}
		if again, _ := answer(body(i)); !bytes.Equal(one, again) {
			t.Errorf("request %d has two answers", i)
		}
	}
	cut, err := answer([]byte(`{"messages":[{}],"max_tokens":10}`))
	if err != nil || !strings.Contains(string(cut), `"finish_reason":"length"`) || !strings.Contains(string(cut), `"completion_tokens":10`) {
		t.Errorf("ten tokens: %s, %v", cut, err)
	}
}

// TestAnswerToAbsurdMaxTokens: counts whose bytes no integer holds.
func TestAnswerToAbsurdMaxTokens(t *testing.T) {
	for _, most := range []int{math.MaxInt, math.MaxInt/bytesPerToken + 1, 2 << 60, -1, math.MinInt} {
		out, err := answer(fmt.Appendf(nil, `{"messages":[{}],"max_tokens":%d}`, most))
		if err != nil || !strings.Contains(string(out), `"finish_reason":"stop"`) {
			t.Errorf("max_tokens %d: %s, %v, want a whole answer", most, out, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"model":"gpt-4","messages":[{"role":"user","content":"question"}],"max_tokens":64}`, `{"messages":[{}],"max_tokens":1}`,
		`{"messages":[{}],"max_tokens":2000000000000000000}`, `{"messages":[{}],"max_tokens":-1}`, `{"messages":null}`, `[]`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := answer(body)
		if err != nil {
			return
		}
		var r response
		if err := json.Unmarshal(out, &r); err != nil || len(r.Choices) != 1 || r.Usage.CompletionTokens < 1 {
			t.Errorf("%q is answered with %s (%v)", body, out, err)
		}
	})
}

func TestParse(t *testing.T) {
	if o, err := parse([]string{"-host", "ai.example", "-median", "50ms"}, io.Discard); err != nil ||
		!slices.Contains(o.hosts, "ai.example") || !slices.Contains(o.hosts, "upstream") || o.delays.median != 50*time.Millisecond {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, args := range []string{"-median -1s", "-median 1h", "-sigma -1", "-sigma NaN", "-sigma 9", "-addr", "stray", "-unknown"} {
		if o, err := parse(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%q gives %+v", args, o)
		}
	}
}

// TestServing goes through TLS with the authority that the admin address gives out, and counts connections.
func TestServing(t *testing.T) {
	id, err := newIdentity([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s := &stats{}
	server := httptest.NewUnstartedServer(completions(delays{median: time.Millisecond}, s))
	server.TLS, server.Config.ConnState = id.config, s.connection
	server.StartTLS()
	defer server.Close()
	side := httptest.NewServer(admin(id, s))
	defer side.Close()

	client := clientThatTrusts(t, get(t, side.URL+"/ca.pem"))
	if early := get(t, side.URL+"/stats"); strings.Contains(string(early), "p50") {
		t.Errorf("a median of nothing: %s", early)
	}
	for i := range 3 {
		resp, err := client.Post(server.URL+"/v1/chat/completions", "application/json", bytes.NewReader(body(i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK || resp.ProtoMajor != 1 {
			t.Errorf("got %s %s, %v", resp.Proto, resp.Status, err)
		}
		resp.Body.Close()
	}
	var r report
	if err := json.Unmarshal(get(t, side.URL+"/stats"), &r); err != nil {
		t.Fatal(err)
	}
	if r.Requests != 3 || r.Opened != 1 || r.Open != 1 || r.InFlight != 0 || r.LatencyP50MS == nil || *r.LatencyP50MS < 1 {
		t.Errorf("got %+v", r)
	}
}

func TestBadRequestIsRefused(t *testing.T) {
	s := &stats{}
	server := httptest.NewServer(completions(delays{}, s))
	defer server.Close()
	for _, bad := range []string{"", "{", `{"messages":[]}`, strings.Repeat("x", maxBody+1)} {
		resp, err := http.Post(server.URL+"/v1/chat/completions", "application/json", strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%.20q: %s", bad, resp.Status)
		}
	}
	if got := s.report(); got.Requests != 0 {
		t.Errorf("refused requests were counted: %+v", got)
	}
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func clientThatTrusts(t *testing.T, authority []byte) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		t.Fatalf("no certificate in %s", authority)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
