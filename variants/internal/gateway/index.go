package gateway

import (
	"math"
	"slices"
)

// indexer builds a catalogue from passages in the order in which they are added.
type indexer struct {
	cat     *catalogue
	lengths []int // of each passage, in terms
	scanner terms
}

func newIndexer() *indexer {
	return &indexer{cat: &catalogue{terms: map[string]uint32{}}}
}

// add reads the passage's terms once. Since passages come in order, a term's last posting is the only one that can be this
// passage's.
func (x *indexer) add(p passage) {
	c, place := x.cat, uint32(len(x.cat.passages))
	c.passages = append(c.passages, p)
	x.scanner.text, x.scanner.next = p.body, 0
	length := 0
	for ; x.scanner.scan(); length++ {
		id, ok := c.terms[string(x.scanner.word)]
		if !ok {
			id = uint32(len(c.postings))
			c.terms[string(x.scanner.word)] = id
			c.postings = append(c.postings, nil)
		}
		c.postings[id] = count(c.postings[id], place)
	}
	x.lengths = append(x.lengths, length)
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
	c := x.cat
	for i, list := range c.postings {
		c.postings[i] = append(make([]posting, 0, len(list)), list...)
	}
	c.passages = slices.Clip(c.passages)
	total := 0
	for _, n := range x.lengths {
		total += n
	}
	mean := float64(total) / float64(max(len(x.lengths), 1))
	c.damping = make([]float32, len(x.lengths))
	for i, n := range x.lengths {
		c.damping[i] = float32(saturation * (1 - lengthWeight + lengthWeight*float64(n)/max(mean, 1)))
	}
	return c
}
