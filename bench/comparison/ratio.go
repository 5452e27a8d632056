package comparison

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/metric"
)

// Ratio is variant/baseline: at most 1.1 is non-inferiority with a margin of 10%.
const Ratio Name = "ratio"

type ratio struct{}

func (ratio) Facts() Facts {
	return Facts{Name: Ratio, Baseline: true, NoEffect: 1, Own: &Unit{"×", 1}}
}

func (ratio) Scale(metric.Name) Scale {
	return Scale{Of: logRatio, To: math.Log, From: math.Exp, Factor: true}
}

func (ratio) OfMeans(low, high float64) (lower, upper float64) { return low, high }

func (ratio) AtMost(amount, baseline float64) float64 { return 1 + amount/baseline }

func (ratio) Show(_ metric.Name, x float64) string { return metric.Fixed(x, 3) + "×" }

func (ratio) CheckBound(_ metric.Name, e End) string {
	switch {
	case e.Unit != metric.UnitNumber:
		return "wrong unit: a ratio is a plain number, 1.1 for 10% more"
	case e.Value <= 0:
		return "a ratio is above 0: 1.1 means 10% more"
	case e.isPercentage() && e.Value < 1:
		return fmt.Sprintf("%s is ambiguous: write %[2]v for %[1]s of the baseline, %[3]v for %[1]s more, %[4]v for %[1]s less",
			e.Text, metric.Rounded(e.Value), metric.Rounded(1+e.Value), metric.Rounded(1-e.Value))
	case e.isPercentage():
		return fmt.Sprintf("%s: write a ratio as a plain number, %v", e.Text, metric.Rounded(e.Value))
	}
	return ""
}
