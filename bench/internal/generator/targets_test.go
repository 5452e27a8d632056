package generator

import (
	"errors"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench/scenario/input"
	"github.com/memproof/memproof/bench/scenario/load"
)

func readBody(name string) ([]byte, error) {
	if name != "order.json" {
		return nil, errors.New(name + ": no such file")
	}
	return []byte(`{"n": 1}`), nil
}

// The HTTP format of vegeta, as its README has it.
func TestReadTargets(t *testing.T) {
	all, err := input.ReadTargets([]byte(`# two of them
GET http://goku:9090/path/to/dragon?item=balls
X-Account-ID: 8675309
# a remark
GET http://goku:9090/path

POST http://goku:9090/things
Content-Type: application/json
@order.json

DELETE /things/7
`), readBody)
	if err != nil {
		t.Fatal(err)
	}
	want := []load.Target{
		{Method: "GET", Path: "/path/to/dragon?item=balls", Lines: []load.HeaderLine{{Name: "X-Account-ID", Value: "8675309"}}, Plain: true},
		{Method: "GET", Path: "/path", Plain: true},
		{Method: "POST", Path: "/things", Lines: []load.HeaderLine{{Name: "Content-Type", Value: "application/json"}}, Body: `{"n": 1}`, Plain: true},
		{Method: "DELETE", Path: "/things/7", Plain: true},
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("read\n%+v\nwant\n%+v", all, want)
	}
	if one, err := input.ReadTargets([]byte(`{"method":"GET","url":"http://goku/1"}`), readBody); err != nil || len(one) != 1 {
		t.Errorf("JSON: %+v, %v", one, err)
	}
}

func TestReadTargetsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "it holds no request",
		"# only a remark":                    "it holds no request",
		"GET http://a/\n\nnonsense":          "line 3: bad target: nonsense",
		"get http://a/":                      "line 1: bad method: get",
		"GET a b":                            `line 1: bad URL`,
		"GET /\n\n\nGET /b\nno header":       "line 5: bad header: no header",
		"POST /\n@nowhere.json":              "line 2: body: nowhere.json: no such file",
		"@order.json":                        "line 1: @order.json: a body without a request above it",
		"POST /\nX: 1\n\n@order.json":        "line 4: @order.json: a body without a request above it: an empty line ends a request, remove it",
		"POST /\n\n\n@order.json\nX: 1":      "line 4: @order.json: a body without a request above it",
		"POST /\n@":                          "line 2: @: no file is named",
		"POST /\n@order.json\n@order.json":   "line 2: @order.json: the body is the last line",
		"GET /\nX: ":                         "line 2: bad header: X:",
		"GET /\nX: a\x00b":                   `line 2: "X" is not a header`,
		"GET /\nx y: a":                      `line 2: "x y" is not a header`,
		"GET /\nHost: a\nhost: b":            "line 1: Host is given twice",
		"GET /\nTransfer-Encoding: chunked":  "line 2: the generator writes Transfer-Encoding itself: drop it",
		"POST /\n@order.json\nX: 1\n\nGET /": "line 2: @order.json: the body is the last line",
	} {
		if _, err := input.ReadTargets([]byte(text), readBody); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestTargetHeadersAreSentAsTheyStand: in the case of the file, a line for each.
// Cookies alone are one line (RFC 6265, 5.4).
func TestTargetHeadersAreSentAsTheyStand(t *testing.T) {
	all, err := input.ReadTargets([]byte(`GET http://x/
x-trace-ID: 7
Accept: a
Accept: b, c
accept: d
Cookie: one=1
cookie: two=2; three=3
host: other
user-agent: mine
content-length: 99
connection: Close
`), readBody)
	if err != nil {
		t.Fatal(err)
	}
	const want = `GET / HTTP/1.1
Host: other
Accept: a
Accept: b, c
Connection: Close
Cookie: one=1; two=2; three=3
accept: d
user-agent: mine
x-trace-ID: 7

`
	if got := wireText(t, all[0]); got != strings.ReplaceAll(want, "\n", "\r\n") {
		t.Errorf("sent %q", got)
	}
	// Vegeta's JSON says the same.
	fromJSON, err := input.ReadTargets([]byte(`{"method":"GET","url":"/","header":{"x-trace-ID":["7"],"Accept":["a","b, c"],"accept":["d"],"Cookie":["one=1"],"cookie":["two=2; three=3"],"host":["other"],"user-agent":["mine"],"content-length":["99"],"connection":["Close"]}}`), nil)
	if err != nil || wireText(t, fromJSON[0]) != wireText(t, all[0]) {
		t.Errorf("%v, %q", err, wireText(t, fromJSON[0]))
	}
	// So does a scenario.
	own := load.Target{Method: "GET", Path: "/", Headers: map[string]string{"x-Tag": "{{.Seq}}", "User-Agent": "mine", "HOST": "other"}}
	if got := wireText(t, own); got != "GET / HTTP/1.1\r\nHost: other\r\nUser-Agent: mine\r\nx-Tag: 0\r\n\r\n" {
		t.Errorf("sent %q", got)
	}
}

// wireText is request 0 of a target as it is sent.
func wireText(t *testing.T, target load.Target) string {
	t.Helper()
	r, err := newTestMaker(t, target, 1).request(0)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// A line of any length is read whole; vegeta drops one of more than 64 KiB, and
// what follows it, without a word.
func TestTargetWithALongLine(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	all, err := input.ReadTargets([]byte("GET /"+long+"\nCookie: a="+long+"\nX: y\n"), readBody)
	if err != nil || len(all) != 1 || len(all[0].Lines) != 2 || len(all[0].Path) != 100_001 || len(all[0].Lines[0].Value) != 100_002 {
		t.Errorf("%d targets, %v", len(all), err)
	}
}

// FuzzReadTargets: requests that are read can be sent, and vegeta reads the same.
func FuzzReadTargets(f *testing.F) {
	for _, text := range []string{
		"GET http://a/b\nX: y\n@order.json\n\nGET /", `{"method":"GET","url":"http://goku/1"}`,
		"POST /\n\n@order.json", "@order.json", "\n@", "GET /\n@\n", "# a\n\n#b\n@order.json\nGET /", "GET /\r\nX: y\r\n\r\n@order.json\r\n",
		"GET /\nCookie: a\ncookie: b\nCOOKIE: c\nX:y\nx: y\n", "GET /\n# c\nX: y\n\n\n\nPOST /a\n@order.json\nDELETE /\n",
		"\ufeffGET /\n", "GET  /\n", "GET\t/\n", "A : b\nGET /", "GET /\nHost: a\nConnection: close, x\nUser-Agent: \nTrailer: x\n",
		"{\"method\":\"GET\",\"url\":\"/\",\"header\":{\"a\":[],\"B\":[\"\"],\"host\":[\"x\",\"y\"]}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := input.ReadTargets([]byte(text), readBody)
		if (len(all) == 0) == (err == nil) {
			t.Errorf("%d targets with error %v", len(all), err)
		}
		if err != nil {
			return
		}
		makers, err := newMakers("http://x", all, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range makers {
			r, err := m.request(1)
			if err == nil {
				err = r.Write(io.Discard)
			}
			if err != nil {
				t.Errorf("%+v can't be sent: %v", m.target, err)
			}
		}
		if !strings.HasPrefix(strings.TrimSpace(text), "{") {
			asVegeta(t, text, all)
		}
	})
}

var bodyLine = regexp.MustCompile(`(?m)^(\s*)@`)

// asVegeta compares the first request with what vegeta reads.
func asVegeta(t *testing.T, text string, all []load.Target) {
	t.Helper()
	text = bodyLine.ReplaceAllString(text, "$1#") // it would open the file
	var first vegeta.Target
	if err := vegeta.NewHTTPTargeter(strings.NewReader(text), nil, nil)(&first); err != nil {
		return // as where a remark follows the request: its own reader then takes the next for a header
	}
	if u, err := url.ParseRequestURI(first.URL); err != nil || first.Method != all[0].Method || u.RequestURI() != all[0].Path {
		t.Errorf("vegeta reads %s %s, we %s %s", first.Method, first.URL, all[0].Method, all[0].Path)
	}
	for _, line := range all[0].Lines {
		if strings.EqualFold(line.Name, "Cookie") {
			continue
		}
		if !slices.Contains(first.Header[line.Name], line.Value) {
			t.Errorf("vegeta reads %v, we %v", first.Header, all[0].Lines)
		}
	}
}

// A list is gone through in turn.
func TestTargetsOfAListComeInTurn(t *testing.T) {
	m := newMix([]load.Target{{File: "f"}, {File: "f"}, {File: "f"}}, 1)
	for k := range uint64(7) {
		if got := m.draw(k); got != int(k%3) {
			t.Errorf("hit %d is of target %d", k, got)
		}
	}
}

// A file has no templates: {{ is sent unchanged.
func TestPlainTargetIsSentAsItIs(t *testing.T) {
	m, err := newMaker("http://x", "", load.Target{Method: "POST", Path: "/a?q={{.Seq}}", Body: "{{nonsense", Plain: true}, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.request(3)
	if err != nil || r.URL.RawQuery != "q={{.Seq}}" || r.ContentLength != int64(len("{{nonsense")) {
		t.Errorf("%v, %v", r, err)
	}
}
