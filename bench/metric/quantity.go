package metric

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Bytes is an amount of memory. Its text is a number and a unit:
//
//	B                   1
//	kB, MB, GB, TB      powers of 1000
//	KiB, MiB, GiB, TiB  powers of 1024
//	Ki, Mi, Gi, Ti      the same, as Kubernetes writes them
//	m, g, t             MiB, GiB, TiB, as Docker reads them
//
// Kubernetes has no g, and its m means thousandths of a byte, which is never intended.
// A unit that two tools read differently is refused. k, K, M, G and T are powers of
// 1000 to Kubernetes and of 1024 to Docker; kb, mb and gb are powers of 1024 to Docker
// alone.
type Bytes uint64

// UnmarshalText reads "1.58GB".
func (b *Bytes) UnmarshalText(text []byte) error {
	q, err := parseBytes(string(text))
	if err != nil {
		return err
	}
	if q > maxBytes {
		return fmt.Errorf("%q is more than any machine has", text)
	}
	*b = Bytes(math.Round(q))
	return nil
}

// MarshalText writes the amount in bytes: "536870912B".
func (b Bytes) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%dB", b), nil }

const maxBytes = 1 << 60

// dockerUnits are the units of docker run --memory that have no second meaning.
var dockerUnits = map[string]float64{"m": 1 << 20, "g": 1 << 30, "t": 1 << 40}

func parseBytes(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if q, err := ParseQuantity(text); err == nil && q.Unit == UnitBytes && q.Value >= 0 {
		return q.Value, nil
	}
	digits := strings.TrimRightFunc(text, unicode.IsLetter)
	v, err := parseNumber(strings.TrimSpace(digits))
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q: want an amount of memory, such as 512MiB, 512m (the same) or 1.5GB", text)
	}
	unit := strings.TrimSpace(text[len(digits):])
	if scale, ok := dockerUnits[unit]; ok {
		return v * scale, nil
	}
	return 0, wrongBytes(text, digits, unit)
}

// wrongBytes suggests how to write an amount whose unit is unknown or ambiguous.
func wrongBytes(text, digits, unit string) error {
	lower := strings.ToLower(unit)
	letter := strings.ToUpper(lower[:min(1, len(lower))])
	thousand := map[string]string{"K": "kB", "M": "MB", "G": "GB", "T": "TB"}[letter]
	switch {
	case unit == "":
		return fmt.Errorf("%q has no unit: write %[2]sMiB or %[2]sMB", text, digits)
	case thousand != "" && len(lower) == 1:
		return fmt.Errorf("%q is %[2]s%[3]s to Kubernetes and %[2]s%[4]siB to Docker: write one of the two", text, digits, thousand, letter)
	case thousand != "" && lower[1:] == "b":
		return fmt.Errorf("%q has a unit of 1000 or of 1024: write %[2]s%[3]s or %[2]s%[4]siB", text, digits, thousand, letter)
	case thousand != "" && (lower[1:] == "i" || lower[1:] == "ib"):
		return fmt.Errorf("%q: write %s%siB", text, digits, letter)
	}
	return fmt.Errorf("%q has an unknown unit: the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, and Docker's m, g and t", text)
}

// CPUs is a number of processors, to a thousandth. Its text is a number, "1.5", or
// thousandths as Kubernetes writes them, "500m".
type CPUs float64

// UnmarshalText reads "1.5".
func (n *CPUs) UnmarshalText(text []byte) error {
	digits, milli := strings.CutSuffix(strings.TrimSpace(string(text)), "m")
	v, err := parseNumber(digits)
	if err != nil || v < 0 {
		return fmt.Errorf("%q: want a number of CPUs, such as 2, 0.5 or 500m (the same)", text)
	}
	if milli {
		v /= 1000
	}
	if *n = CPUs(math.Round(v*1000) / 1000); math.Abs(float64(*n)-v) > 1e-9 {
		return fmt.Errorf("%q is finer than a thousandth of a CPU: want a number such as 0.5 or 500m", text)
	}
	return nil
}

// MarshalText writes the number as in a scenario.
func (n CPUs) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// String writes the number as in a scenario.
func (n CPUs) String() string { return strconv.FormatFloat(float64(n), 'f', -1, 64) }

// IsWhole reports whether it is a whole number.
func (n CPUs) IsWhole() bool { return float64(n) == math.Trunc(float64(n)) }

// Whole is the number of processors that provides so many CPUs: rounded up.
func (n CPUs) Whole() int { return int(math.Ceil(float64(n))) }

// Rate is a number of requests per second, 0 for none. Its text is "100/s" or "6000/m".
type Rate float64

// UnmarshalText reads "100/s".
func (r *Rate) UnmarshalText(text []byte) error {
	num, per, ok := strings.Cut(string(text), "/")
	v, err := parseNumber(strings.TrimSpace(num))
	seconds := map[string]float64{"s": 1, "m": 60}[strings.TrimSpace(per)]
	if !ok || err != nil || seconds == 0 || v < 0 {
		return fmt.Errorf("%q: want a rate, such as 100/s or 6000/m, or 0/s for a rest", text)
	}
	*r = Rate(v / seconds)
	return nil
}

// MarshalText writes the rate as in a scenario.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String writes the rate as in a scenario.
func (r Rate) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s" }

// Share is a part of a whole, 0 to 1. Its text is a percentage, "10%", or 0.
type Share float64

// UnmarshalText reads "10%".
func (s *Share) UnmarshalText(text []byte) error {
	q, err := ParseQuantity(string(text))
	if err != nil || q.Unit != UnitNumber || q.Value < 0 || q.Value > 1 {
		return fmt.Errorf("%q: want a share, such as 10%%, from 0%% to 100%%", text)
	}
	if q.Value != 0 && !IsPercentage(string(text)) {
		return fmt.Errorf("%q is ambiguous: write %s or %s", text, Percentage(100*q.Value), Percentage(q.Value))
	}
	*s = Share(q.Value)
	return nil
}

// IsPercentage reports whether the text of a quantity ends in %.
func IsPercentage(text string) bool { return strings.HasSuffix(strings.TrimSpace(text), "%") }

// Percentage prints x percent with all its digits.
func Percentage(x float64) string { return strconv.FormatFloat(Rounded(x), 'f', -1, 64) + "%" }

// Rounded removes the error that binary fractions add to a number of a few decimals.
func Rounded(x float64) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 12, 64), 64) // the number's own text always parses
	return v
}

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
	{"KiB", UnitBytes, 1 << 10}, {"MiB", UnitBytes, 1 << 20}, {"GiB", UnitBytes, 1 << 30}, {"TiB", UnitBytes, 1 << 40},
	{"Ki", UnitBytes, 1 << 10}, {"Mi", UnitBytes, 1 << 20}, {"Gi", UnitBytes, 1 << 30}, {"Ti", UnitBytes, 1 << 40},
	{"kB", UnitBytes, 1e3}, {"MB", UnitBytes, 1e6}, {"GB", UnitBytes, 1e9}, {"TB", UnitBytes, 1e12}, {"B", UnitBytes, 1},
	{"us", UnitSeconds, 1e-6}, {"µs", UnitSeconds, 1e-6}, {"μs", UnitSeconds, 1e-6}, {"ms", UnitSeconds, 1e-3}, {"s", UnitSeconds, 1},
	{"%", UnitNumber, 1e-2},
}

// decimal is a number as people write it: neither hexadecimal nor infinite.
var decimal = regexp.MustCompile(`^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

func parseNumber(text string) (float64, error) {
	if !decimal.MatchString(text) {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64) // a number out of range is an error
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
	v, err := parseNumber(num)
	if err != nil || math.IsInf(v*scale, 0) {
		return Quantity{}, fmt.Errorf("%q: want a number with a unit, such as 60%%, 800MB, 5ms or 3", text)
	}
	return Quantity{Value: v * scale, Unit: unit}, nil
}

// UnmarshalText reads the text with [ParseQuantity].
func (q *Quantity) UnmarshalText(text []byte) (err error) {
	*q, err = ParseQuantity(string(text))
	return err
}
