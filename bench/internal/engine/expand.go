package engine

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/engine/backend"
)

// expandEnv replaces ${name} in every value. An error names the key.
func expandEnv(env map[string]string, vars map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(env))
	for _, key := range slices.Sorted(maps.Keys(env)) {
		value, err := expand(env[key], vars)
		if err != nil {
			return nil, fmt.Errorf("env %s: %w", key, err)
		}
		out[key] = value
	}
	return out, nil
}

// expandAll replaces ${name} in each text.
func expandAll(texts []string, vars map[string]string) (out []string, err error) {
	for _, text := range texts {
		if text, err = expand(text, vars); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}?`)

// expand replaces ${name} by its value. The values are not expanded again, and a $
// without { stands for itself.
func expand(text string, vars map[string]string) (string, error) {
	for _, found := range placeholder.FindAllString(text, -1) {
		name, closed := strings.CutSuffix(found[2:], "}")
		if !closed {
			return "", fmt.Errorf("%q has no closing }", found)
		}
		if _, known := vars[name]; !known {
			return "", fmt.Errorf("${%s} is unknown: this scenario has ${%s}", name,
				strings.Join(slices.Sorted(maps.Keys(vars)), "}, ${"))
		}
	}
	return backend.ExpandKnown(text, vars), nil
}
