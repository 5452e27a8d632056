package gateway

import (
	"math"
	"slices"
)

// heapLayout is a catalogue in ordinary Go maps and slices.
type heapLayout struct {
	passages []passage
	terms    map[string]uint32
	postings [][]posting // by term
}

func (h *heapLayout) size() int                 { return len(h.passages) }
func (h *heapLayout) passage(place int) passage { return h.passages[place] }
func (h *heapLayout) list(id uint32) []posting  { return h.postings[id] }

func (h *heapLayout) find(term []byte) (uint32, bool) {
	id, ok := h.terms[string(term)]
	return id, ok
}

// indexer builds a catalogue from passages in the order in which they are added.
type indexer struct {
	heap    *heapLayout
	lengths []int // of each passage, in terms
	scanner terms
	names   []string        // of each term
	recent  [1 << 13]uint32 // the term last seen with each hash, as its number plus 1
}

func newIndexer() *indexer {
	return &indexer{heap: &heapLayout{terms: map[string]uint32{}}}
}

// add reads the passage's terms once. Since passages come in order, a term's last posting is the only one that can be this
// passage's.
func (x *indexer) add(p passage) {
	h, place := x.heap, uint32(len(x.heap.passages))
	h.passages = append(h.passages, p)
	x.scanner.text, x.scanner.next = p.body, 0
	length := 0
	for ; x.scanner.scan(); length++ {
		id := x.term()
		h.postings[id] = count(h.postings[id], place)
	}
	x.lengths = append(x.lengths, length)
}

// term returns the number of the scanner's term, a new one if need be. Most words of a text are among few thousand, so
// comparing with the one that last had the hash spares most look-ups in the map, and those are half of a boot.
func (x *indexer) term() uint32 {
	last := &x.recent[x.scanner.hash%uint32(len(x.recent))]
	if *last > 0 && x.names[*last-1] == string(x.scanner.word) {
		return *last - 1
	}
	h := x.heap
	id, ok := h.terms[string(x.scanner.word)]
	if !ok {
		name := string(x.scanner.word)
		id = uint32(len(h.postings))
		h.terms[name] = id
		h.postings = append(h.postings, nil)
		x.names = append(x.names, name)
	}
	*last = id + 1
	return id
}

func count(list []posting, place uint32) []posting {
	if n := len(list); n > 0 && list[n-1].passage == place {
		if list[n-1].times < math.MaxUint16 {
			list[n-1].times++
		}
		return list
	}
	return append(list, posting{passage: place, times: 1})
}

// finish returns the catalogue, its lists cut to their size.
func (x *indexer) finish() *catalogue {
	h := x.heap
	for i, list := range h.postings {
		h.postings[i] = append(make([]posting, 0, len(list)), list...)
	}
	h.passages = slices.Clip(h.passages)
	return &catalogue{layout: h, damping: x.damping()}
}

func (x *indexer) damping() []float32 {
	total := 0
	for _, n := range x.lengths {
		total += n
	}
	mean := float64(total) / float64(max(len(x.lengths), 1))
	damping := make([]float32, len(x.lengths))
	for i, n := range x.lengths {
		damping[i] = float32(saturation * (1 - lengthWeight + lengthWeight*float64(n)/max(mean, 1)))
	}
	return damping
}
