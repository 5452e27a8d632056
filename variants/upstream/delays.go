package main

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// longestDelay keeps the tail of a wide distribution below the gateway's own time-out.
const longestDelay = 25 * time.Second

// delays draws a delay for each request.
type delays struct {
	median time.Duration
	sigma  float64
	seed   uint64
}

func (d delays) validate() error {
	if d.median < 0 || d.median > longestDelay {
		return fmt.Errorf("-median %v: want 0 to %v", d.median, longestDelay)
	}
	if !(d.sigma >= 0 && d.sigma <= 3) {
		return fmt.Errorf("-sigma %v: want 0 to 3", d.sigma)
	}
	return nil
}

// of returns the delay of a request: median * e^(sigma*z), with z from the standard normal distribution. It depends on the
// body and the seed alone, never on what came before.
func (d delays) of(body []byte) time.Duration {
	factor := math.Exp(d.sigma * source(body, d.seed).NormFloat64())
	return min(time.Duration(float64(d.median)*factor), longestDelay)
}

// source is the random numbers that belong to a body.
func source(body []byte, seed uint64) *rand.Rand {
	h := fnv.New128a()
	h.Write(body) // a hash takes everything
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8])^seed, binary.BigEndian.Uint64(sum[8:])))
}
