package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// describe reads a flat JSON object; numbers and booleans become strings as
// they are written.
func describe(ctx context.Context, url string) (map[string]string, error) {
	body, err := get(ctx, url)
	if err != nil {
		return nil, err
	}
	said, err := flat(body)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", url, err)
	}
	return said, nil
}

// flat decodes a JSON object whose values are strings, numbers and booleans.
func flat(body []byte) (map[string]string, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, fmt.Errorf("want a JSON object: %w", err)
	}
	said := make(map[string]string, len(object))
	for key, raw := range object {
		switch raw[0] {
		case '"':
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			said[key] = text
		case '{', '[', 'n':
			return nil, fmt.Errorf("%s is %.40s, want a string, a number or a boolean", key, raw)
		default:
			said[key] = string(raw)
		}
	}
	return said, nil
}

// numbers reads those values of a flat JSON object that are numbers, with what is
// left of those that a float64 can't hold: see [record.Counters].
func numbers(ctx context.Context, url string) (told, rest map[string]float64, err error) {
	body, err := get(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	if told, rest, err = flatNumbers(body); err != nil {
		return nil, nil, fmt.Errorf("GET %s: %w", url, err)
	}
	return told, rest, nil
}

func flatNumbers(body []byte) (told, rest map[string]float64, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, nil, fmt.Errorf("want a JSON object: %w", err)
	}
	if d.More() {
		return nil, nil, errors.New("want one JSON object, and more follows it")
	}
	if len(object) > mostTold {
		return nil, nil, fmt.Errorf("it tells %d values: want at most %d", len(object), mostTold)
	}
	told, rest = map[string]float64{}, map[string]float64{}
	for name, value := range object {
		text, ok := value.(json.Number)
		if !ok {
			continue
		}
		if told[name], err = text.Float64(); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if r := beyondFloat(string(text), told[name]); r != 0 {
			rest[name] = r
		}
	}
	return told, rest, nil
}

// mostTold is more figures than a report can show.
const mostTold = 1000

// beyondFloat is by how much a whole number is more than the float64 next to it: 0
// up to 2^53. Starting times in nanoseconds and random ids are beyond.
func beyondFloat(text string, near float64) float64 {
	whole, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return 0 // a fraction or an exponent: no counter that has to be exact
	}
	next, _ := big.NewFloat(near).Int(nil)
	rest, _ := new(big.Float).SetInt(whole.Sub(whole, next)).Float64()
	return rest
}
