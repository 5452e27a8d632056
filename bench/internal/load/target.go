package load

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/template"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/memproof/memproof/bench"
)

// targets makes the requests of an attack from the scenario's templates. The
// request of hit k depends on the seed and k alone, so every variant gets the
// same sequence. Vegeta asks for targets from many workers: the k-th asked for
// is the k-th of the sequence, and may be sent as a near neighbour of hit k.
type targets struct {
	url     string
	target  bench.Target
	seed    uint64
	path    *template.Template
	body    *template.Template
	headers map[string]*template.Template

	asked  atomic.Uint64
	once   sync.Once
	failed error // the first template that failed
}

func newTargets(url string, t bench.Target, seed uint64) (*targets, error) {
	ts := &targets{url: strings.TrimSuffix(url, "/"), target: t, seed: seed, headers: map[string]*template.Template{}}
	parse := func(field, text string) (*template.Template, error) {
		return template.New("load.target." + field).Parse(text)
	}
	var err error
	if ts.path, err = parse("path", t.Path); err != nil {
		return nil, err
	}
	if ts.body, err = parse("body", t.Body); err != nil {
		return nil, err
	}
	for name, text := range t.Headers {
		if ts.headers[name], err = parse("headers."+name, text); err != nil {
			return nil, err
		}
	}
	return ts, ts.fill(&vegeta.Target{}, 0) // a template may parse and still fail
}

// Check says whether a target's templates work, before anything is started.
func Check(t bench.Target) error {
	_, err := newTargets("http://localhost", t, 1)
	return err
}

// next is a vegeta.Targeter. An error ends the attack; see err.
func (ts *targets) next(t *vegeta.Target) error {
	err := ts.fill(t, ts.asked.Add(1)-1)
	if err != nil {
		ts.once.Do(func() { ts.failed = err })
	}
	return err
}

// err is why the attack ended early, once it has ended.
func (ts *targets) err() error { return ts.failed }

func (ts *targets) fill(t *vegeta.Target, k uint64) error {
	h := &hitData{Seq: k, words: ts.target.Words, rand: rand.New(rand.NewPCG(ts.seed, k))}
	path, err := render(ts.path, h)
	if err != nil {
		return err
	}
	if t.Body, err = render(ts.body, h); err != nil {
		return err
	}
	t.Method, t.URL = ts.target.Method, ts.url+string(path)
	t.Header = make(http.Header, len(ts.headers))
	for _, name := range sorted(ts.headers) { // the order of the draws
		v, err := render(ts.headers[name], h)
		if err != nil {
			return err
		}
		t.Header.Set(name, string(v))
	}
	return nil
}

func render(t *template.Template, h *hitData) ([]byte, error) {
	var b bytes.Buffer
	if err := t.Execute(&b, h); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// hitData is what a template sees as its dot.
type hitData struct {
	Seq   uint64 // number of the hit, from 0
	words []string
	rand  *rand.Rand
}

// Int draws a whole number from 0 to n-1.
func (h *hitData) Int(n int) (int, error) {
	if n < 1 {
		return 0, fmt.Errorf("Int %d: want 1 or more", n)
	}
	return h.rand.IntN(n), nil
}

// Pick draws one of its arguments.
func (h *hitData) Pick(of ...string) (string, error) {
	if len(of) == 0 {
		return "", fmt.Errorf("Pick needs something to pick from")
	}
	return of[h.rand.IntN(len(of))], nil
}

// maxWords is more than any prompt needs.
const maxWords = 100_000

// Words draws n words from the target's list, with a space between.
func (h *hitData) Words(n int) (string, error) {
	if len(h.words) == 0 {
		return "", fmt.Errorf("Words needs load.target.words, the list to draw from")
	}
	if n < 1 || n > maxWords {
		return "", fmt.Errorf("Words %d: want 1 to %d", n, maxWords)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = h.words[h.rand.IntN(len(h.words))]
	}
	return strings.Join(out, " "), nil
}

func sorted(m map[string]*template.Template) []string { return slices.Sorted(maps.Keys(m)) }
