package measure

import "github.com/memproof/memproof/bench/record"

// Stopped returns the results of trials that could not be measured: reasons, and no figure.
func Stopped(all []record.Stopped) (out []TrialResult) {
	for _, s := range all {
		out = append(out, TrialResult{Block: s.Block, Position: s.Position, Variant: s.Variant, Failed: s.Failed, Invalid: s.Broken})
	}
	return out
}
