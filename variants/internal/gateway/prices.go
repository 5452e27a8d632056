package gateway

import (
	"maps"
	"slices"
)

// price is what a model costs, in billionths of a dollar per token (so 500 is $0.50 for a million tokens).
type price struct{ prompt, completion int64 }

// prices are the models that the gateway sells: those whose tokens the cl100k_base vocabulary counts.
var prices = map[string]price{
	"gpt-3.5-turbo": {500, 1_500},
	"gpt-4":         {30_000, 60_000},
	"gpt-4-turbo":   {10_000, 30_000},
}

// Models returns the names of the models that a request may ask for, sorted.
func Models() []string { return slices.Sorted(maps.Keys(prices)) }

// cost is in billionths of a dollar.
func (p price) cost(promptTokens, completionTokens int64) int64 {
	return p.prompt*promptTokens + p.completion*completionTokens
}
