package strictyaml

import (
	"errors"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// null reports whether the value is missing, ~ or null.
func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar reads a plain value. A string takes any scalar as it is written: expect:
// {worker_count: 5} is "5".
func (d *Document) scalar(n *yaml.Node, v reflect.Value, field string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fail(n, field, "want %s, got %s", describe(v.Kind()), kind(n))
	case v.Kind() == reflect.String:
		v.SetString(n.Value)
	case n.Style&quoted != 0:
		d.fail(n, field, "%q is text: want %s, without quotes", clip(n.Value), describe(v.Kind()))
	case v.Kind() == reflect.Bool:
		d.boolean(n, v, field)
	case v.CanInt(), v.CanUint():
		d.integer(n, v, field)
	default:
		d.float(n, v, field)
	}
}

var truths = map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}

func (d *Document) boolean(n *yaml.Node, v reflect.Value, field string) {
	truth, ok := truths[strings.ToLower(n.Value)]
	if !ok {
		d.fail(n, field, "%q: want true or false", clip(n.Value))
	}
	v.SetBool(truth)
}

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	number      = regexp.MustCompile(`^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
)

func (d *Document) integer(n *yaml.Node, v reflect.Value, field string) {
	if !wholeNumber.MatchString(n.Value) || v.CanUint() && n.Value[0] == '-' {
		d.fail(n, field, "%q: want %s%s", clip(n.Value), describe(v.Kind()), wholeNumberOf(n.Value))
		return
	}
	bits := v.Type().Bits()
	if v.CanUint() {
		u, err := strconv.ParseUint(n.Value, 10, bits)
		if err != nil {
			d.fail(n, field, "%s is out of range: want 0 to %d", clip(n.Value), uint64(math.MaxUint64)>>(64-bits))
		}
		v.SetUint(u)
		return
	}
	i, err := strconv.ParseInt(n.Value, 10, bits)
	if err != nil {
		d.fail(n, field, "%s is out of range: want %d to %d", clip(n.Value), math.MinInt64>>(64-bits), math.MaxInt64>>(64-bits))
	}
	v.SetInt(i)
}

// wholeNumberOf suggests how to write a number that has another notation. The versions of
// YAML disagree about whether 010 is eight or ten.
func wholeNumberOf(text string) string {
	plain := strings.ReplaceAll(strings.ToLower(text), "_", "")
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		if digits := strings.TrimLeft(plain, "-+"); len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
			return " without leading zeros"
		}
		return ": write " + strconv.FormatInt(i, 10)
	}
	if x, err := strconv.ParseFloat(plain, 64); err == nil && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return ": write " + strconv.FormatInt(int64(x), 10)
	}
	return ""
}

func (d *Document) float(n *yaml.Node, v reflect.Value, field string) {
	if !number.MatchString(n.Value) {
		d.fail(n, field, "%q: want a number, such as 1.5", clip(n.Value))
		return
	}
	x, err := strconv.ParseFloat(n.Value, v.Type().Bits())
	if errors.Is(err, strconv.ErrRange) {
		d.fail(n, field, "%s is out of range", clip(n.Value))
		return
	}
	v.SetFloat(x)
}
