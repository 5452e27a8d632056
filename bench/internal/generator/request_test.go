package generator

import (
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario/load"
)

var templated = load.Target{
	Method: "POST", Path: "/v1/{{.Pick \"x\" \"y\"}}",
	Headers: map[string]string{"Authorization": "Bearer key-{{.Int 5}}", "X-Id": "hit-{{.Seq}}"},
	Body:    `{"prompt": "{{.Words 3}}"}`,
	Words:   []string{"one", "two", "three", "four"},
}

// made is request k of a target in one line.
func made(t *testing.T, m *maker, k uint64) string {
	t.Helper()
	r, err := m.request(k)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(nil)
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Fatal(err)
		}
	}
	if int64(len(body)) != r.ContentLength {
		t.Errorf("a body of %d bytes has the length %d", len(body), r.ContentLength)
	}
	return r.Method + " " + r.URL.String() + " " + r.Header.Get("Authorization") + " " + r.Header.Get("X-Id") + " " + string(body)
}

func newTestMaker(t *testing.T, target load.Target, seed uint64) *maker {
	t.Helper()
	m, err := newMakers("http://host:1/", []load.Target{target}, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m[0]
}

// TestRequestsAreTheSameForEveryVariant: request k depends on the seed and k.
func TestRequestsAreTheSameForEveryVariant(t *testing.T) {
	a, b, other := newTestMaker(t, templated, 7), newTestMaker(t, templated, 7), newTestMaker(t, templated, 8)
	distinct, same := map[string]bool{}, 0
	for k := range uint64(50) {
		x, y := made(t, a, k), made(t, b, k)
		if x != y {
			t.Fatalf("request %d differs between two runs of one seed: %s, %s", k, x, y)
		}
		if x == made(t, other, k) {
			same++
		}
		distinct[x] = true
	}
	if same > 5 || len(distinct) != 50 {
		t.Errorf("another seed repeats %d of 50 requests; %d of 50 are distinct", same, len(distinct))
	}
	if got := made(t, a, 3); !strings.HasPrefix(got, "POST http://host:1/v1/") || !strings.Contains(got, " hit-3 ") {
		t.Errorf("request 3 is %q", got)
	}
}

// TestRowIsOneForAHit: the key in the header belongs to the prompt in the body.
func TestRowIsOneForAHit(t *testing.T) {
	m := newTestMaker(t, load.Target{
		Path: "/{{.Int 9}}", Headers: map[string]string{"Authorization": "{{.Row.key}}"}, Body: `{{.JSON .Row.key}} {{.JSON .Row.say}}`,
		Rows: []load.Row{{"key": "a", "say": `"quoted"`}, {"key": "b", "say": 1.5}, {"key": "c", "say": nil}},
	}, 1)
	seen := map[string]int{}
	for k := range uint64(300) {
		got := made(t, m, k)
		seen[got[strings.Index(got, "  ")-1:]]++
	}
	for _, want := range []string{`a  "a" "\"quoted\""`, `b  "b" 1.5`, `c  "c" null`} {
		if n := seen[want]; n < 60 { // 100 are expected, with a deviation of 8
			t.Errorf("%q was drawn %d times of 300: %v", want, n, seen)
		}
	}
	if len(seen) != 3 {
		t.Errorf("rows were mixed: %v", seen)
	}
}

func TestCheckRefusesTemplates(t *testing.T) {
	row := []load.Row{{"key": "a"}}
	tests := []struct {
		name, body, want string
		words            []string
	}{
		{"syntax", "{{.Seq", "load.target.body", nil},
		{"unknown function", "{{.Sequence}}", "load.target.body", nil},
		{"nothing to pick", "{{.Pick}}", "Pick needs something", nil},
		{"no words", "{{.Words 2}}", "needs the target's words", nil},
		{"range", "{{.Int 0}}", "want 1 or more", nil},
		{"too many words", "{{.Words 1000000000}}", "want 1 to 100000", []string{"w"}},
		{"unknown column", "{{.Row.name}}", "name", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Check(load.Load{Target: load.Target{Path: "/", Body: tt.body, Words: tt.words, Rows: row}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v does not hold %q", err, tt.want)
			}
		})
	}
	if err := Check(load.Load{Target: templated}); err != nil {
		t.Error(err)
	}
	err := Check(load.Load{Targets: []load.Target{{Name: "a", Path: "/"}, {Name: "b", Path: "/", Body: "{{.Row.x}}"}}})
	if err == nil || !strings.Contains(err.Error(), "load.targets[1].body") || !strings.Contains(err.Error(), "needs the target's data") {
		t.Errorf("a target without data that draws rows_query: %v", err)
	}
	for name, value := range map[string]string{"A B": "x", "X": "a\nb", "Y": "{{.Pick \"a\\nb\"}}", "transfer-encoding": "chunked"} {
		target := load.Target{Path: "/", Headers: map[string]string{name: value}}
		if err := Check(load.Load{Target: target}); err == nil || !strings.Contains(err.Error(), "load.target.headers."+name) {
			t.Errorf("header %s: %s: %v", name, value, err)
		}
	}
	uneven := load.Target{Path: "/", Body: "{{.Row.key}}", Data: "keys.jsonl", Rows: []load.Row{{"key": "a"}, {"name": "b"}}}
	if err = Check(load.Load{Target: uneven}); err == nil || !strings.Contains(err.Error(), "row 2 of keys.jsonl: ") {
		t.Errorf("a row without the column that is drawn: %v", err)
	}
}

// TestMixKeepsToItsWeights: shares within four deviations of the binomial, and
// the same for one seed.
func TestMixKeepsToItsWeights(t *testing.T) {
	targets := []load.Target{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}, {Name: "c", Weight: 7}}
	const n = 20_000
	draws := func(seed uint64) []int {
		m, out := newMix(targets, seed), make([]int, n)
		for k := range out {
			out[k] = m.draw(uint64(k))
		}
		return out
	}
	a := draws(7)
	if !slices.Equal(a, draws(7)) || slices.Equal(a, draws(8)) {
		t.Error("the mix does not follow the seed")
	}
	for i, share := range []float64{0.1, 0.2, 0.7} {
		got := 0
		for _, d := range a {
			if d == i {
				got++
			}
		}
		if want := n * share; math.Abs(float64(got)-want) > 4*math.Sqrt(want*(1-share)) {
			t.Errorf("target %d was drawn %d times, want about %.0f", i, got, want)
		}
	}
}
