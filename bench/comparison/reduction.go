package comparison

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/metric"
)

// Reduction is 1 - variant/baseline: 60% means that 40% remains.
const Reduction Name = "reduction"

type reduction struct{}

func (reduction) Facts() Facts {
	return Facts{
		Name: Reduction, Also: []string{"saving", "savings", "decrease"},
		Baseline: true, NoEffect: 0, Own: &Unit{"%", 0.01},
	}
}

func (reduction) Scale(metric.Name) Scale {
	return Scale{
		Of:    logRatio,
		To:    func(r float64) float64 { return math.Log1p(-r) },
		From:  func(x float64) float64 { return -math.Expm1(x) },
		Saves: true, Factor: true,
	}
}

func (reduction) OfMeans(low, high float64) (lower, upper float64) { return 1 - high, 1 - low }

func (reduction) Show(_ metric.Name, x float64) string { return metric.Percent(x) }

func (reduction) CheckBound(_ metric.Name, e End) string {
	switch {
	case e.Unit != metric.UnitNumber:
		return "wrong unit: a reduction is " + metric.UnitNumber.Wants()
	case e.Value >= 1 && !e.isPercentage():
		return fmt.Sprintf("%s is a reduction of %s: write %s", e.Text, metric.Percentage(100*e.Value), metric.Percentage(e.Value))
	case e.Value >= 1:
		return "a reduction of 100% or more is impossible: want below 100%, such as 60%"
	case e.Value < 0:
		return fmt.Sprintf("a reduction below 0 is growth: to claim at most %s more write ratio: {at_most: %v}, to claim at least so much more {at_least: %[2]v}",
			metric.Percentage(-100*e.Value), metric.Rounded(1-e.Value))
	}
	return ""
}
