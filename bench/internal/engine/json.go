package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/memproof/memproof/bench/record"
)

// getObject reads a JSON object over HTTP; its numbers are a [json.Number].
func getObject(ctx context.Context, url string) (map[string]any, error) {
	body, err := get(ctx, url)
	if err != nil {
		return nil, err
	}
	object, err := decodeObject(body)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", url, err)
	}
	return object, nil
}

func decodeObject(body []byte) (object map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("want a JSON object: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("want one JSON object, but more text follows it")
	}
	return object, nil
}

// texts returns the values of a flat object; numbers and booleans as they are written.
func texts(object map[string]any) (map[string]string, error) {
	out := make(map[string]string, len(object))
	for key, value := range object {
		switch value.(type) {
		case string, json.Number, bool:
			out[key] = fmt.Sprint(value)
		default:
			return nil, fmt.Errorf("%s is %.40v, want a string, a number or a boolean", key, value)
		}
	}
	return out, nil
}

// maxCounters is more than a report can show.
const maxCounters = 1000

// numbers returns the values that are numbers, with the prefix before their names, and
// the rests of those that a float64 can't hold.
func numbers(object map[string]any, prefix string) (record.Counters, error) {
	if len(object) > maxCounters {
		return nil, fmt.Errorf("the object has %d values: want at most %d", len(object), maxCounters)
	}
	found := record.Counters{}
	for name, value := range object {
		text, ok := value.(json.Number)
		if !ok {
			continue
		}
		n, err := text.Float64()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found[prefix+name] = n
		if rest := beyondFloat(string(text), n); rest != 0 {
			found[record.RestPrefix+prefix+name] = rest
		}
	}
	return found, nil
}

// beyondFloat returns the difference between a whole number and the float64 next to it:
// 0 up to 2^53. Start times in nanoseconds and random ids are larger.
func beyondFloat(text string, near float64) float64 {
	whole, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return 0 // a fraction or an exponent: a counter that need not be exact
	}
	next, _ := big.NewFloat(near).Int(nil)
	rest, _ := new(big.Float).SetInt(whole.Sub(whole, next)).Float64()
	return rest
}
