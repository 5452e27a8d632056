package metric

import (
	"math"
	"strconv"
	"strings"
)

// Unit is the base unit of a quantity or a metric.
type Unit string

// The base units.
const (
	UnitBytes             Unit = "B"
	UnitSeconds           Unit = "s"
	UnitNumber            Unit = "" // counts and ratios; 60% is 0.6
	UnitBytesPerRequest   Unit = "B/request"
	UnitBytesPerHour      Unit = "B/h"
	UnitRequestsPerSecond Unit = "requests/s"
	UnitCores             Unit = "cores" // CPU seconds per second
)

// unitFacts are the properties of a unit.
type unitFacts struct {
	written Unit   // the unit in a scenario: a person writes 5MB for growth, and 5% for cores
	wants   string // how to write a quantity
	per     string // the suffix of a figure, unless its digits say it
	bench   string // in Go's benchmark format; benchstat prints B and sec
}

var units = map[Unit]unitFacts{
	UnitBytes:             {UnitBytes, "bytes, such as 800MB", "", "B"},
	UnitSeconds:           {UnitSeconds, "seconds, such as 5ms", "", "sec"},
	UnitNumber:            {UnitNumber, "a plain number or percentage, such as 60%", "", "n"},
	UnitBytesPerRequest:   {UnitBytes, "bytes, such as 800MB", " per request", "B/request"},
	UnitBytesPerHour:      {UnitBytes, "bytes, such as 800MB", " per hour", "B/h"},
	UnitRequestsPerSecond: {UnitNumber, "requests a second, such as 300", "", "n"},
	UnitCores:             {UnitNumber, "processors, such as 5% or 0.05", "", "n"},
}

// Written is the unit in which a person writes such a quantity.
func (u Unit) Written() Unit { return units[u].written }

// Wants explains how to write such a quantity.
func (u Unit) Wants() string { return units[u].wants }

// step is a unit to print in.
type step struct {
	name string
	size float64
}

var (
	byteSteps   = []step{{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}}
	secondSteps = []step{{"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}}
)

// FormatValue prints a figure in the most readable unit with three significant digits:
// 1.58 GB, 43.0 ms. A number without a unit has four digits, and from 10,000 on all
// digits of its whole part: 5.167, 12,340.
func FormatValue(v float64, unit Unit) string {
	switch unit.Written() {
	case UnitBytes:
		return scaled(v, byteSteps)
	case UnitSeconds:
		return scaled(v, secondSteps)
	default:
		return plain(v)
	}
}

// plain prints a number, without an exponent where that is readable.
func plain(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0" // without a sign
	case a >= 9999.5 && a < 1e18:
		return groupedDigits(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 1e-9 && a < 1e-4:
		decimals := 3 - int(math.Floor(math.Log10(a)))
		return strings.TrimRight(strconv.FormatFloat(v, 'f', decimals, 64), "0")
	default:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
}

// groupedDigits puts a comma before each group of three digits of a whole number.
func groupedDigits(digits string) string {
	sign := digits[:len(digits)-len(strings.TrimPrefix(digits, "-"))]
	digits = digits[len(sign):]
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// scaled prints v in the largest step that keeps it at 1 or more.
func scaled(v float64, steps []step) string {
	best := steps[0]
	for _, s := range steps {
		if math.Abs(v) >= s.size*0.9995 { // 999.9 rounds up to the next step
			best = s
		}
	}
	v /= best.size
	return Fixed(v, digitsAfterPoint(v)) + " " + best.name
}

// digitsAfterPoint returns how many decimals three significant digits need.
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

// ShowShare prints a share as a percentage, with a decimal where it needs one: 2%,
// 0.3%.
func ShowShare(x float64) string { return strings.TrimSuffix(Fixed(100*x, 1), ".0") + "%" }

// Percent prints a share as a percentage with one decimal: 59.8%.
func Percent(x float64) string { return Fixed(100*x, 1) + "%" }

// Signed prints a percentage with its sign.
func Signed(x float64) string {
	if x > 0 {
		return "+" + Percent(x)
	}
	return Percent(x)
}

// Fixed prints x with that many decimals, or with more, up to six, until a digit other
// than 0 shows. Only 0 and rounding errors of float64 print as 0, without a minus sign.
func Fixed(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	switch a := math.Abs(x); {
	case strings.Trim(s, "-0.") != "":
		return s
	case a < leftOfZero:
		return strings.TrimPrefix(s, "-")
	default:
		return strconv.FormatFloat(x, 'f', int(math.Ceil(-math.Log10(a))), 64)
	}
}

// leftOfZero is larger than the rounding error of a difference between equal figures,
// and smaller than any measured difference: a millionth of a percent, a byte or a
// microsecond.
const leftOfZero = 1e-6
