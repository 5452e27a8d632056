package record

import (
	"math"
	"math/big"
	"strconv"
)

// Counters are the monotonic counts of the variant and its dependencies by name:
// "ledger.rows", "upstream.requests", … They include CPU seconds: "postgres.cpu_seconds",
// "upstream.cpu_seconds" and "sidecar.NAME.cpu_seconds". A count that could not be read has
// no entry, and the engine reports why.
//
// A float64 cannot hold some large whole numbers. Such a counter has a second entry,
// its name after [RestPrefix]: the two add up to the exact number.
type Counters map[string]float64

// RestPrefix begins the name of the difference between a counter and its float64.
const RestPrefix = "rest."

// Exactly returns the counter with all its digits.
func (c Counters) Exactly(name string) *big.Float {
	sum := new(big.Float).SetPrec(2 * 53).SetFloat64(finite(c[name]))
	return sum.Add(sum, big.NewFloat(finite(c[RestPrefix+name])))
}

// Show prints the counter with all its digits.
func (c Counters) Show(name string) string {
	if c[RestPrefix+name] == 0 {
		return strconv.FormatFloat(c[name], 'f', -1, 64)
	}
	return c.Exactly(name).Text('f', 0)
}

// finite replaces NaN and infinities by 0, because big.Float panics on them.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}
