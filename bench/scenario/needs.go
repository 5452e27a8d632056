package scenario

import "github.com/memproof/memproof/bench/metric"

// Need is a metric of some arms that an answer depends on.
type Need struct {
	Metric metric.Name
	Arms   []string
}

// Needs returns the needs of the claims and of the attribution. A scenario with neither
// asks how much memory each variant takes.
func (s *Scenario) Needs() (all []Need) {
	for _, c := range s.Claims {
		all = append(all, Need{c.Metric, c.Variants()})
	}
	if a := s.Attribution; a != nil {
		all = append(all, Need{a.Metric, a.Arms()})
	}
	if len(all) > 0 {
		return all
	}
	for _, name := range s.VariantNames() {
		all = append(all, Need{metric.MemoryMean, []string{name}})
	}
	return all
}
