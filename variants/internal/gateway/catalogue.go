package gateway

import (
	"math"
	"slices"
	"sync"
)

// The constants of Okapi BM25 at their usual values (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009):
// how soon repetition stops to count, and how much a passage's length does.
const (
	saturation   = 1.2
	lengthWeight = 0.75
)

// rankedTerms is how many of a prompt's terms, the rarest, rank the passages. Words that most passages hold add next to
// nothing to a score, and their posting lists would be nearly all of the work.
const rankedTerms = 8

// catalogue is the knowledge base of a worker: the text of each passage and an inverted index over it. It doesn't change once
// it is built and is safe for concurrent use.
type catalogue struct {
	layout
	damping []float32 // of each passage, BM25's denominator apart from the term frequency
	scores  sync.Pool // *[]float32, one per passage, all 0
}

// layout is where the passages and their index lie: on the worker's own heap, or in memory that it shares. What is found
// does not depend on it.
type layout interface {
	size() int                                // passages
	passage(place int) passage                // place counts from 0
	find(term []byte) (id uint32, known bool) // of a lower-cased word
	list(id uint32) []posting                 // in ascending order of passage
}

type passage struct {
	id   int64
	body string
}

// posting says that a passage, by its place in the catalogue, holds a term so many times.
type posting struct {
	passage uint32
	times   uint16
}

// top returns the places of the n passages that answer the prompt best, best first. Equal scores go to the earlier passage,
// so the same prompt always gets the same passages. Fewer are returned where fewer share a word with the prompt.
func (c *catalogue) top(prompt string, n int) []int {
	scores := c.borrowScores()
	defer c.returnScores(scores)
	for _, term := range c.rarest(prompt) {
		c.score(*scores, c.list(term))
	}
	return best(*scores, n)
}

// rarest returns the terms of the prompt that rank, each once.
func (c *catalogue) rarest(prompt string) []uint32 {
	var found []uint32
	for t := (terms{text: prompt}); t.scan(); {
		if id, ok := c.find(t.word); ok {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	slices.SortStableFunc(found, func(a, b uint32) int { return len(c.list(a)) - len(c.list(b)) })
	return found[:min(len(found), rankedTerms)]
}

func (c *catalogue) score(scores []float32, list []posting) {
	absent, present := float64(c.size()-len(list)), float64(len(list))
	weight := float32(math.Log(1+(absent+0.5)/(present+0.5))) * (saturation + 1)
	for _, p := range list {
		times := float32(p.times)
		scores[p.passage] += weight * times / (times + c.damping[p.passage])
	}
}

// best returns the places of the n highest scores above 0, highest first. Nearly every score is below the floor, and the
// loop is as long as the catalogue.
func best(scores []float32, n int) []int {
	places := make([]int, 0, n+1)
	floor := float32(0)
	for i, s := range scores {
		if s <= floor {
			continue
		}
		at := len(places)
		for at > 0 && s > scores[places[at-1]] {
			at--
		}
		places = slices.Insert(places, at, i)
		if len(places) >= n {
			places = places[:n]
			floor = scores[places[n-1]]
		}
	}
	return places
}

func (c *catalogue) borrowScores() *[]float32 {
	if scores, ok := c.scores.Get().(*[]float32); ok {
		return scores
	}
	scores := make([]float32, c.size())
	return &scores
}

func (c *catalogue) returnScores(scores *[]float32) {
	clear(*scores)
	c.scores.Put(scores)
}
