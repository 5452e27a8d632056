package verdict

import (
	"github.com/memproof/memproof/bench/attribution"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// attribute divides the effect among the causes. Reasons records why it could not.
func (v *Verdict) attribute(sc *scenario.Scenario) {
	a := sc.Attribution
	if a == nil || v.Void {
		return
	}
	if _, withheld := v.withheldBy(a.Metric); withheld {
		v.Void = true
		return
	}
	counted := func(m metric.Name) []measure.Block { return v.counted(m, a.Arms()...) }
	if len(counted(a.Metric)) < 2 {
		return
	}
	var err error
	if v.Attribution, err = attribution.Of(a, counted(a.Metric), counted); err != nil {
		v.Void = true
		v.Reasons = append(v.Reasons, metric.Because(metric.AttributionOpen, []metric.Pattern{metric.Pattern(a.Metric)},
			"attribution: %v", err))
	}
}
