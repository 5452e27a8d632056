package input

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
)

const combinedLog = `192.0.2.1 - alice [02/Jan/2026:15:04:06 +0100] "GET /v1/usage?key=a HTTP/1.1" 200 12 "-" "curl/8"

192.0.2.2 - - [02/Jan/2026:14:04:05 +0000] "POST /v1/chat HTTP/1.1" 200 812 "http://x/" "Mozilla [en] \"q\""
192.0.2.2 - - [02/Jan/2026:14:04:06 +0000] "POST /v1/chat HTTP/2.0" 500 0
192.0.2.7 - - [02/Jan/2026:14:04:07 +0000] "\x16\x03\x01\x02" 400 157 "-" "-"
192.0.2.7 - - [02/Jan/2026:14:04:08 +0000] "-" 408 0 "-" "-"
192.0.2.7 - - [02/Jan/2026:14:04:08 +0000] "" 400 0 "-" "-"
192.0.2.9 - - [02/Jan/2026:14:04:09 +0000] "GET /favicon.ico HTTP/1.1" 404 0 "-" "-"
`

// Requests of one second are spread evenly over it; zones are converted.
func TestReadAccessLog(t *testing.T) {
	l, err := ReadAccessLog(strings.NewReader(combinedLog), []Route{{"chat", "POST", "/v1/chat"}, {"usage", "", "/v1/usage"}})
	if err != nil {
		t.Fatal(err)
	}
	want := load.Trace{{At: 500 * time.Millisecond, Target: "chat"}, {At: 1250 * time.Millisecond, Target: "usage"}, {At: 1750 * time.Millisecond, Target: "chat"}}
	if !slices.Equal(l.Trace, want) || l.Skipped != 1 || l.Strange != 3 || !l.Spread {
		t.Errorf("got %+v, want %v, one skipped and three strange", l, want)
	}
	if l, err = ReadAccessLog(strings.NewReader(combinedLog), nil); err != nil || len(l.Trace) != 4 || l.Trace[0].Target != "" {
		t.Errorf("without routes: %+v, %v", l, err)
	}
}

func TestReadAccessLogOfJSON(t *testing.T) {
	for _, tt := range []struct{ line, method, path string }{
		{`{"time": "2026-01-02T15:04:05.25Z", "method": "GET", "path": "/a"}`, "GET", "/a"},
		{`{"@timestamp": "2026-01-02T16:04:05.25+01:00", "request": "POST /b?x=1 HTTP/1.1"}`, "POST", "/b?x=1"},
		{`{"ts": 1767366245.25, "request_method": "PUT", "uri": "/c"}`, "PUT", "/c"},
		{`{"msec": "1767366245.250", "request_uri": "/d"}`, "", "/d"},
		{`{"timestamp": 1767366245250, "url": "/e"}`, "", "/e"},
	} {
		l, err := parseLogLine(tt.line)
		if want := time.Date(2026, 1, 2, 15, 4, 5, 250e6, time.UTC); err != nil || !l.at.Equal(want) || l.method != tt.method || l.path != tt.path {
			t.Errorf("%s: got %+v, %v", tt.line, l, err)
		}
	}
}

func TestReadAccessLogRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ log, says string }{
		"prose":        {"GET / 200", `line 1: "GET / 200" is not a line of an access log`},
		"bad time":     {"\n- - - [yesterday] \"GET / HTTP/1.1\" 200 1", `line 2: "yesterday" is not a time`},
		"bad JSON":     {"{", "line 1: "},
		"no time":      {`{"path": "/"}`, "line 1: it has no time: want one of the fields time, timestamp"},
		"a mere word":  {`{"time": "soon", "path": "/"}`, "line 1: soon is not a time"},
		"before 1970":  {`{"time": -5}`, "line 1: -5 is not a time"},
		"empty":        {"", "it holds no request"},
		"all strange":  {"- - - [02/Jan/2026:14:04:09 +0000] \"-\" 408 0", "it holds no request"},
		"nothing left": {`{"time": 5, "path": "/other"}`, "it holds no request that matches a route"},
	} {
		if _, err := ReadAccessLog(strings.NewReader(tt.log), []Route{{"x", "", "/x"}}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v, want it to say %q", name, err, tt.says)
		}
	}
	for _, bad := range []string{"", "chat", "chat=v1", "=/v1", "chat=POST:v1"} {
		if _, err := ParseRoute(bad); err == nil {
			t.Errorf("%q is a route", bad)
		}
	}
	if r, err := ParseRoute("chat=POST:/v1"); err != nil || r != (Route{"chat", "POST", "/v1"}) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func FuzzReadAccessLog(f *testing.F) {
	f.Add(combinedLog)
	f.Add(`{"ts": 1767366245.25, "request_method": "PUT", "uri": "/c"}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadAccessLog(strings.NewReader(text), nil)
		if err != nil {
			return
		}
		if len(l.Trace) == 0 || l.Trace[0].At < 0 || !slices.IsSortedFunc(l.Trace, func(a, b load.Arrival) int { return int(a.At/1e3 - b.At/1e3) }) {
			t.Errorf("%q gave %v", text, l.Trace)
		}
	})
}
