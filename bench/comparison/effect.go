package comparison

import "github.com/memproof/memproof/bench/internal/stats"

// Effect is a change with its two-sided interval.
type Effect struct {
	Change float64 `json:"change"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// EffectOf returns the estimate of a change as an effect.
func EffectOf(e stats.Estimate) Effect { return Effect{Change: e.Value, Low: e.Low, High: e.High} }

// ClearOfZero reports whether the interval excludes "no change". It is asked before
// [Scale.Effect], after which "no change" may be a factor of 1.
func (e Effect) ClearOfZero() bool { return e.Low > 0 || e.High < 0 }

// Effect converts an effect on the scale to readable figures, see [Scale.Change].
func (s Scale) Effect(e Effect) Effect {
	return Effect{Change: s.Change(e.Change), Low: s.Change(e.Low), High: s.Change(e.High)}
}
