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

// null says that the node is a value that was left out, ~ or null.
func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// scalar reads a plain value. A string takes any scalar as it is written: expect:
// {worker_count: 5} means "5".
func (d *Document) scalar(n *yaml.Node, v reflect.Value, field string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fail(n, field, "want %s, got %s", describe(v.Kind()), kind(n))
	case v.Kind() == reflect.String:
		v.SetString(n.Value)
	case quoted(n):
		d.fail(n, field, "%q is text: want %s, without quotes", clipped(n.Value), describe(v.Kind()))
	case v.Kind() == reflect.Bool:
		d.boolean(n, v, field)
	case v.CanInt():
		d.integer(n, v, field)
	case v.CanUint():
		d.unsigned(n, v, field)
	default:
		d.float(n, v, field)
	}
}

var truths = map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}

func (d *Document) boolean(n *yaml.Node, v reflect.Value, field string) {
	truth, ok := truths[strings.ToLower(n.Value)]
	if !ok {
		d.fail(n, field, "%q is not true or false", clipped(n.Value))
	}
	v.SetBool(truth)
}

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	number      = regexp.MustCompile(`^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
)

func (d *Document) integer(n *yaml.Node, v reflect.Value, field string) {
	if !wholeNumber.MatchString(n.Value) {
		d.fail(n, field, "%q is not %s%s", clipped(n.Value), describe(v.Kind()), meant(n.Value))
		return
	}
	i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
	if err != nil {
		d.fail(n, field, "%s is out of range: want %d to %d", clipped(n.Value), math.MinInt64>>(64-v.Type().Bits()), math.MaxInt64>>(64-v.Type().Bits()))
	}
	v.SetInt(i)
}

func (d *Document) unsigned(n *yaml.Node, v reflect.Value, field string) {
	if !wholeNumber.MatchString(n.Value) || n.Value[0] == '-' {
		d.fail(n, field, "%q is not %s%s", clipped(n.Value), describe(v.Kind()), meant(n.Value))
		return
	}
	u, err := strconv.ParseUint(n.Value, 10, v.Type().Bits())
	if err != nil {
		d.fail(n, field, "%s is out of range: want 0 to %d", clipped(n.Value), uint64(math.MaxUint64)>>(64-v.Type().Bits()))
	}
	v.SetUint(u)
}

// meant tells how to write a whole number that is written in another way. Whether
// 010 is eight or ten the versions of YAML do not agree on.
func meant(text string) string {
	plain := strings.ReplaceAll(strings.ToLower(text), "_", "")
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		if digits := strings.TrimLeft(plain, "-+"); len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
			return ": write it without leading zeros"
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
		d.fail(n, field, "%q is not %s: write it like 1.5", clipped(n.Value), describe(v.Kind()))
		return
	}
	x, err := strconv.ParseFloat(n.Value, v.Type().Bits())
	if errors.Is(err, strconv.ErrRange) {
		d.fail(n, field, "%s is out of range", clipped(n.Value))
		return
	}
	v.SetFloat(x)
}
