package gateway

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/memproof/memproof/variants/internal/words"
)

func catalogueOf(bodies ...string) *catalogue {
	x := newIndexer()
	for i, body := range bodies {
		x.add(passage{id: int64(i + 1), body: body})
	}
	return x.finish()
}

func TestTop(t *testing.T) {
	c := catalogueOf(
		"The invoice is sent by email.",
		"Refund the invoice; a REFUND takes a week, and the refund is free.",
		"Shipping takes a week.",
		"Über die Straße: Größe zählt.",
		"Shipping takes a week.",
	)
	for _, q := range []struct {
		prompt string
		want   []int
	}{
		{"how do I get refunds, a refund on an invoice?", []int{1, 0, 2}},
		{"shipping", []int{2, 4}},
		{"SHIPPING refund refund", []int{1, 2, 4}},
		{"ÜBER", []int{3}},
		{"nothing known here?", []int{}},
		{"", []int{}},
	} {
		if got := c.top(q.prompt, 3); !slices.Equal(got, q.want) {
			t.Errorf("%q finds %v, want %v", q.prompt, got, q.want)
		}
	}
}

func TestTopOfAnEmptyCatalogue(t *testing.T) {
	if got := catalogueOf().top("refund", 3); len(got) != 0 {
		t.Errorf("found %v in nothing", got)
	}
}

// bruteForce is BM25 as the paper writes it, over all passages and all terms of the prompt.
func bruteForce(bodies []string, prompt string, n int) []int {
	docs := make([]map[string]float64, len(bodies))
	lengths, mean := make([]float64, len(bodies)), 0.0
	for i, body := range bodies {
		docs[i] = map[string]float64{}
		for _, w := range strings.FieldsFunc(strings.ToLower(body), func(r rune) bool { return strings.ContainsRune(" .,", r) }) {
			docs[i][w]++
			lengths[i]++
		}
		mean += lengths[i] / float64(len(bodies))
	}
	scores := make([]float64, len(bodies))
	for _, w := range strings.Fields(prompt) {
		df := 0.0
		for _, d := range docs {
			df += min(d[w], 1)
		}
		idf := math.Log(1 + (float64(len(bodies))-df+0.5)/(df+0.5))
		for i, d := range docs {
			scores[i] += idf * d[w] * 2.2 / (d[w] + 1.2*(0.25+0.75*lengths[i]/mean))
		}
	}
	order := make([]int, len(bodies))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return slices.DeleteFunc(order[:n], func(i int) bool { return scores[i] == 0 })
}

func TestTopAgreesWithBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	bodies := make([]string, 300)
	for i := range bodies {
		bodies[i] = fmt.Sprintf("article %d. %s", i, words.AppendText(nil, rng, 200+rng.IntN(400)))
	}
	c := catalogueOf(bodies...)
	for range 200 {
		doc := strings.Fields(strings.NewReplacer(".", "", ",", "").Replace(strings.ToLower(bodies[rng.IntN(len(bodies))])))
		start := rng.IntN(len(doc) - 6)
		asked := slices.Compact(slices.Sorted(slices.Values(doc[start : start+6])))
		prompt := strings.Join(asked, " ")
		if got, want := c.top(prompt, 3), bruteForce(bodies, prompt, 3); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", prompt, got, want)
		}
	}
}

func TestTopFromManyGoroutines(t *testing.T) {
	c := catalogueOf("invoice refund", "refund", "invoice", "delivery")
	want := c.top("refund invoice", 3)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if got := c.top("refund invoice", 3); !slices.Equal(got, want) {
					t.Errorf("found %v, want %v", got, want)
					return
				}
			}
		})
	}
	all.Wait()
}

func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"Refund, please!", "Größe", "\xff\xfe", "a-b_c d1", strings.Repeat("x", 100), "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for s := (terms{text: text}); s.scan(); {
			if len(s.word) == 0 || strings.ContainsAny(string(s.word), " ,.ABCXYZ") {
				t.Errorf("%q has the term %q", text, s.word)
			}
		}
	})
}

func BenchmarkTop(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := newIndexer()
	for i := range 20_000 {
		x.add(passage{id: int64(i), body: string(words.AppendText(nil, rng, 1600))})
	}
	c := x.finish()
	for b.Loop() {
		c.top("my invoice shows a refund that was not paid to the card on my account after the order was cancelled", 3)
	}
}

func BenchmarkIndex(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	bodies := make([]string, 5_000)
	size := int64(0)
	for i := range bodies {
		bodies[i] = string(words.AppendText(nil, rng, 1600))
		size += int64(len(bodies[i]))
	}
	b.SetBytes(size)
	for b.Loop() {
		x := newIndexer()
		for i, body := range bodies {
			x.add(passage{id: int64(i), body: body})
		}
		x.finish()
	}
}
