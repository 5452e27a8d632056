package metric

import (
	"math"
	"strconv"
	"strings"
)

// ShowShare prints a share as a percentage, with a decimal where it needs one: 2%,
// 0.3%.
func ShowShare(x float64) string { return strings.TrimSuffix(Fixed(100*x, 1), ".0") + "%" }

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
