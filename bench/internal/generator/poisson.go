package generator

import "math/rand/v2"

// poisson spreads n hits over a phase as a Poisson process of varying rate does. Given n,
// the arrivals are n sorted uniform points on the scale of the rate's integral (D. R. Cox
// and P. A. W. Lewis, The Statistical Analysis of Series of Events, 1966). Those are the
// partial sums of n+1 exponential spacings over their total (L. Devroye, Non-Uniform
// Random Variate Generation, 1986, section V.2), which needs neither the sorting nor the
// memory of all.
//
// The spacings are drawn in chunks, each from a source of its own, and only the sum of a
// chunk is stored: 8 bytes for 1,024 hits. Hits in order cost a draw each; a jump costs
// the draws of a chunk.
type poisson struct {
	seed, phase uint64
	n           uint64
	scale       float64   // carries a sum of spacings to the integral of the rate
	before      []float64 // sum of the spacings before each chunk

	chunk uint64    // of sums
	sums  []float64 // partial sums within the chunk
}

const poissonChunk = 1024

// newPoisson draws n hits for a phase whose rate adds up to total.
func newPoisson(seed uint64, phase int, n uint64, total float64) *poisson {
	p := &poisson{seed: seed, phase: uint64(phase), n: n}
	sum := 0.0
	for c := range n/poissonChunk + 1 {
		p.before = append(p.before, sum)
		p.draw(c)
		sum += p.sums[len(p.sums)-1]
	}
	p.scale = total / sum
	return p
}

// draw fills in the partial sums of a chunk. There are n+1 spacings: the last
// hit is followed by one that ends the phase.
func (p *poisson) draw(chunk uint64) {
	const stream = 0x706f6973736f6e << 8 // independent of the draws of templates and targets
	source := rand.New(rand.NewPCG(p.seed^(stream+p.phase), chunk))
	p.chunk, p.sums = chunk, p.sums[:0]
	sum := 0.0
	for range min(poissonChunk, p.n+1-chunk*poissonChunk) {
		sum += source.ExpFloat64()
		p.sums = append(p.sums, sum)
	}
}

// at returns the place of hit k on the scale of the rate's integral: above 0, below the
// total.
func (p *poisson) at(k uint64) float64 {
	if c := k / poissonChunk; c != p.chunk {
		p.draw(c)
	}
	return p.scale * (p.before[p.chunk] + p.sums[k%poissonChunk])
}
