package gateway

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/variants/internal/words"
)

// bothLayouts is one catalogue twice.
func bothLayouts(t testing.TB, bodies ...string) (heap, flat *catalogue) {
	t.Helper()
	x := newIndexer()
	for i, body := range bodies {
		x.add(passage{id: int64(10 * (i + 1)), body: body})
	}
	heap = x.finish()
	flat, err := openFlat(x.flattened(t))
	if err != nil {
		t.Fatal(err)
	}
	return heap, flat
}

func (x *indexer) flattened(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := x.writeFlat(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sameAnswer holds that both find the same passages with the same scores, to the last bit.
func sameAnswer(t *testing.T, heap, flat *catalogue, prompt string) {
	t.Helper()
	want, got := heap.top(prompt, 5), flat.top(prompt, 5)
	if !slices.Equal(got, want) {
		t.Fatalf("%q finds %v, on the heap %v", prompt, got, want)
	}
	for _, place := range want {
		if flat.passage(place) != heap.passage(place) {
			t.Errorf("%q finds %+v, on the heap %+v", prompt, flat.passage(place), heap.passage(place))
		}
	}
	scores := func(c *catalogue) []float32 {
		s := make([]float32, c.size())
		for _, term := range c.rarest(prompt) {
			c.score(s, c.list(term))
		}
		return s
	}
	if !slices.Equal(scores(flat), scores(heap)) {
		t.Errorf("%q has other scores than on the heap", prompt)
	}
}

func TestFlatAnswersAsTheHeap(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	bodies := make([]string, 400)
	for i := range bodies {
		bodies[i] = fmt.Sprintf("Article %d. %s", i, words.AppendText(nil, rng, 200+rng.IntN(400)))
	}
	bodies = append(bodies, "", "Über die Straße.", bodies[7])
	heap, flat := bothLayouts(t, bodies...)
	for range 300 {
		sameAnswer(t, heap, flat, string(words.AppendText(nil, rng, 100)))
	}
	for _, prompt := range []string{"", "straße", "STRASSE ÜBER", "article 7", "zzz", strings.Repeat("refund ", 50)} {
		sameAnswer(t, heap, flat, prompt)
	}
}

func TestFlatOfNothing(t *testing.T) {
	heap, flat := bothLayouts(t)
	sameAnswer(t, heap, flat, "refund")
}

func FuzzFlatAnswersAsTheHeap(f *testing.F) {
	f.Add("A refund takes a week.\nShipping is free.\n", "refund week")
	f.Add("\n\n", "")
	f.Add("\xff\xfe a\nGröße", "größe \xff")
	f.Fuzz(func(t *testing.T, bodies, prompt string) {
		heap, flat := bothLayouts(t, strings.Split(bodies, "\n")...)
		sameAnswer(t, heap, flat, prompt)
	})
}

// TestOpenFlatRefusesParts: whatever is missing at the end or follows it, and lengths that no memory holds.
func TestOpenFlatRefusesParts(t *testing.T) {
	x := newIndexer()
	x.add(passage{1, "A refund takes a week."})
	x.finish()
	whole := x.flattened(t)
	for n := range whole {
		if _, err := openFlat(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken", n, len(whole))
		}
	}
	if _, err := openFlat(append(slices.Clone(whole), 0)); err == nil {
		t.Error("a byte more was taken")
	}
	for _, h := range []flatHeader{{passages: 1 << 63}, {terms: 1 << 61}, {names: ^uint64(0)}} {
		if _, err := openFlat(append(raw(h), whole...)); err == nil {
			t.Errorf("%+v was taken", h)
		}
	}
}

// TestPreloadedWorkerAnswersTheSame asks a worker that built its catalogue and one that maps it.
func TestPreloadedWorkerAnswersTheSame(t *testing.T) {
	w := newWorld(t, ClientPooled)
	path := filepath.Join(t.TempDir(), "catalogue")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := w.program.buildInto(file); err != nil {
		t.Fatal(err)
	}
	t.Setenv(sharedMark, path)
	_, shared := w.worker()
	for i, prompt := range []string{"refund", "an invoice by email", "Shipping!", "nothing known", "refund refund shipping"} {
		own, theirs := w.ask(w.url, fmt.Sprint("own-", i), prompt), w.ask(shared, fmt.Sprint("shared-", i), prompt)
		if own.status != http.StatusOK || strings.ReplaceAll(theirs.body, "shared-", "own-") != own.body {
			t.Errorf("%q is answered by\n%+v\nand with the shared catalogue by\n%+v", prompt, own, theirs)
		}
	}
}

func TestMapCatalogueRefuses(t *testing.T) {
	empty, text := filepath.Join(t.TempDir(), "empty"), filepath.Join(t.TempDir(), "text")
	for path, content := range map[string]string{empty: "", text: strings.Repeat("no catalogue ", 10)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{empty, text, "/nonexistent"} {
		if _, err := mapCatalogue(path); err == nil || !strings.Contains(err.Error(), "shared catalogue") {
			t.Errorf("%s gives %v, want an error that says what for", path, err)
		}
	}
}
