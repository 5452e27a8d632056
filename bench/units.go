package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is an amount of memory. Its text is a number and one of B, kB, MB, GB
// (powers of 1000) or KiB, MiB, GiB (powers of 1024): "1.58GB", "512MiB".
type Bytes uint64

// UnmarshalText reads "1.58GB".
func (b *Bytes) UnmarshalText(text []byte) error {
	q, err := ParseQuantity(string(text))
	if err != nil {
		return err
	}
	if q.Unit != UnitBytes || q.Value < 0 {
		return fmt.Errorf("%q is no amount of memory: write it like 512MiB or 1.5GB", text)
	}
	*b = Bytes(math.Round(q.Value))
	return nil
}

// Rate is a number of requests a second, 0 for none. Its text is "100/s" or
// "6000/m".
type Rate float64

// UnmarshalText reads "100/s".
func (r *Rate) UnmarshalText(text []byte) error {
	num, per, ok := strings.Cut(string(text), "/")
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	seconds := map[string]float64{"s": 1, "m": 60}[strings.TrimSpace(per)]
	if !ok || err != nil || seconds == 0 || !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%q is no rate: write it like 100/s or 6000/m, or 0/s for a rest", text)
	}
	*r = Rate(v / seconds)
	return nil
}

// String is the rate as in a scenario.
func (r Rate) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s" }

// Share is a part of a whole, 0 to 1. Its text is "10%" or "0.1".
type Share float64

// UnmarshalText reads "10%".
func (s *Share) UnmarshalText(text []byte) error {
	q, err := ParseQuantity(string(text))
	if err != nil || q.Unit != UnitNumber || q.Value < 0 || q.Value > 1 {
		return fmt.Errorf("%q is no share: write it like 10%%, from 0%% to 100%%", text)
	}
	*s = Share(q.Value)
	return nil
}

// Unit is what a quantity or a metric is measured in, always a base unit.
type Unit string

// The base units.
const (
	UnitBytes   Unit = "B"
	UnitSeconds Unit = "s"
	UnitNumber  Unit = "" // counts and ratios; 60% is 0.6
)

// Quantity is a number in a base unit, as a claim's bound states it.
type Quantity struct {
	Value float64
	Unit  Unit
}

var suffixes = []struct { // longest first, so that "MB" is not read as "B"
	text  string
	unit  Unit
	scale float64
}{
	{"KiB", UnitBytes, 1 << 10}, {"MiB", UnitBytes, 1 << 20}, {"GiB", UnitBytes, 1 << 30},
	{"kB", UnitBytes, 1e3}, {"MB", UnitBytes, 1e6}, {"GB", UnitBytes, 1e9}, {"B", UnitBytes, 1},
	{"us", UnitSeconds, 1e-6}, {"ms", UnitSeconds, 1e-3}, {"s", UnitSeconds, 1},
	{"%", UnitNumber, 1e-2},
}

// ParseQuantity reads a number and an optional unit: "60%", "800MB", "5ms", "3".
func ParseQuantity(text string) (Quantity, error) {
	num, unit, scale := strings.TrimSpace(text), UnitNumber, 1.0
	for _, s := range suffixes {
		if rest, ok := strings.CutSuffix(num, s.text); ok {
			num, unit, scale = strings.TrimSpace(rest), s.unit, s.scale
			break
		}
	}
	v, err := strconv.ParseFloat(num, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return Quantity{}, fmt.Errorf("%q is no quantity: write a number with a unit, like 60%%, 800MB, 5ms or 3", text)
	}
	return Quantity{Value: v * scale, Unit: unit}, nil
}

// UnmarshalText is [ParseQuantity].
func (q *Quantity) UnmarshalText(text []byte) (err error) {
	*q, err = ParseQuantity(string(text))
	return err
}

// step is a unit to print in.
type step struct {
	name string
	size float64
}

var (
	byteSteps   = []step{{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}
	secondSteps = []step{{"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}}
)

// FormatValue prints a figure with three significant digits in the unit that a
// person reads best: 1.58 GB, 43.0 ms, 5.
func FormatValue(v float64, unit Unit) string {
	switch unit {
	case UnitBytes:
		return scaled(v, byteSteps)
	case UnitSeconds:
		return scaled(v, secondSteps)
	default:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
}

// scaled prints v in the largest step that leaves it at 1 or more.
func scaled(v float64, steps []step) string {
	best := steps[0]
	for _, s := range steps {
		if math.Abs(v) >= s.size*0.9995 { // 999.9 rounds up to the next step
			best = s
		}
	}
	v /= best.size
	return strconv.FormatFloat(v, 'f', digitsAfterPoint(v), 64) + " " + best.name
}

// digitsAfterPoint is how many decimals three significant digits leave.
func digitsAfterPoint(v float64) int {
	switch a := math.Abs(v); {
	case a >= 99.95:
		return 0
	case a >= 9.995:
		return 1
	default:
		return 2
	}
}
