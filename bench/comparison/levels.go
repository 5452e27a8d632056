package comparison

import "github.com/memproof/memproof/bench/internal/stats"

// Levels are those of the claims' intervals, by comparison. With several looks
// each is made at Pocock's level, so that all together err no more often than
// one look would. The ends of a one-sided claim's interval are bounds of half the
// error each.
func Levels(looks []int) map[Kind]float64 {
	levels := map[Kind]float64{}
	nominal := map[float64]float64{}
	for kind, scale := range Scales {
		if len(looks) == 1 {
			levels[kind] = scale.Level
			continue
		}
		if _, ok := nominal[scale.Level]; !ok {
			nominal[scale.Level] = 1 - stats.Pocock(looks, 1-scale.Level)
		}
		levels[kind] = nominal[scale.Level]
	}
	return levels
}
