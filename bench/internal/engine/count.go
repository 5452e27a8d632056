package engine

import (
	"context"
	"encoding/json"
	"fmt"
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

// numbers reads those values of a flat JSON object that are numbers.
func numbers(ctx context.Context, url string) (map[string]float64, error) {
	body, err := get(ctx, url)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, fmt.Errorf("GET %s: want a JSON object: %w", url, err)
	}
	found := map[string]float64{}
	for name, value := range object {
		if n, ok := value.(float64); ok {
			found[name] = n
		}
	}
	return found, nil
}
