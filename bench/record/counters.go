package record

import (
	"math"
	"math/big"
	"strconv"
)

// Counters are monotonic counts around the variant by name: "ledger.rows",
// "upstream.requests", "upstream.connections_opened", …, and the CPU seconds of
// what serves the variant: "postgres.cpu_seconds", "upstream.cpu_seconds" and, of a
// companion, "beside.NAME.cpu_seconds". A count that could not be read has no
// entry, and the engine tells the person why.
//
// A whole number that a float64 can't hold has a second entry under its name after
// [RestPrefix]: what is to be added to the first to have it to the last digit.
type Counters map[string]float64

// RestPrefix begins the name of what a counter is beyond the float64 next to it.
const RestPrefix = "rest."

// Exactly is the counter to its last digit.
func (c Counters) Exactly(name string) *big.Float {
	sum := new(big.Float).SetPrec(2 * 53).SetFloat64(finite(c[name]))
	return sum.Add(sum, big.NewFloat(finite(c[RestPrefix+name])))
}

// Show is the counter with all its digits.
func (c Counters) Show(name string) string {
	if c[RestPrefix+name] == 0 {
		return strconv.FormatFloat(c[name], 'f', -1, 64)
	}
	return c.Exactly(name).Text('f', 0)
}

// finite spares big.Float what it panics at.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
