package load

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
)

func readBody(name string) ([]byte, error) {
	if name != "order.json" {
		return nil, errors.New(name + ": no such file")
	}
	return []byte(`{"n": 1}`), nil
}

// The HTTP format of vegeta, as its README has it.
func TestReadTargets(t *testing.T) {
	all, err := ReadTargets([]byte(`# two of them
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
	want := []bench.Target{
		{Method: "GET", Path: "/path/to/dragon?item=balls", Headers: map[string]string{"X-Account-ID": "8675309"}, Plain: true},
		{Method: "GET", Path: "/path", Plain: true},
		{Method: "POST", Path: "/things", Headers: map[string]string{"Content-Type": "application/json"}, Body: `{"n": 1}`, Plain: true},
		{Method: "DELETE", Path: "/things/7", Plain: true},
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("read\n%+v\nwant\n%+v", all, want)
	}
	if one, err := ReadTargets([]byte(`{"method":"GET","url":"http://goku/1"}`), readBody); err != nil || len(one) != 1 {
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
		"POST /\n@order.json\nX: 1\n\nGET /": "line 2: @order.json: the body is the last line",
	} {
		if _, err := ReadTargets([]byte(text), readBody); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzReadTargets(f *testing.F) {
	f.Add("GET http://a/b\nX: y\n@order.json\n\nGET /")
	f.Add(`{"method":"GET","url":"http://goku/1"}`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadTargets([]byte(text), readBody)
		if (len(all) == 0) == (err == nil) {
			t.Errorf("%d targets with error %v", len(all), err)
		}
	})
}

// A list is gone through in turn.
func TestTargetsOfAListComeInTurn(t *testing.T) {
	m := newMix([]bench.Target{{File: "f"}, {File: "f"}, {File: "f"}}, 1)
	for k := range uint64(7) {
		if got := m.draw(k); got != int(k%3) {
			t.Errorf("hit %d is of target %d", k, got)
		}
	}
}

// What looks like a template in a file is sent as it stands.
func TestPlainTargetIsSentAsItIs(t *testing.T) {
	m, err := newMaker("http://x", "", bench.Target{Method: "POST", Path: "/a?q={{.Seq}}", Body: "{{nonsense", Plain: true}, 1)
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.request(3)
	if err != nil || r.URL.RawQuery != "q={{.Seq}}" || r.ContentLength != int64(len("{{nonsense")) {
		t.Errorf("%v, %v", r, err)
	}
}
