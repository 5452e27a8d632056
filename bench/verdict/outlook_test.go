package verdict

import (
	"testing"
	"time"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// TestOutlook: the distance from the bound is 1.2 and 0.2 standard deviations, of six
// blocks. Half of the probability lies within 0.275 of the mean.
func TestOutlook(t *testing.T) {
	for _, tt := range []struct {
		bound              float64
		more, fewest, most int
	}{
		// t(0.95, n-1)/√n is below 0.5 from 13 blocks on, below 0.775 from 7, below 0.225 from 56.
		{100.5, 7, 1, 50},
		// below 0.2 from 70 on, below 0.475 from 14; -0.075 is beyond the bound.
		{100.2, 64, 8, 0},
	} {
		var blocks []measure.Block
		for _, x := range []float64{-1, 1, -1, 1, -1, 1} { // standard deviation 1.0954
			blocks = append(blocks, measure.Block{"b": {Figures: map[metric.Name]float64{metric.MemoryMean: 100 + x/1.0954451}}})
		}
		c := scenario.Claim{Metric: metric.MemoryMean, Variant: "b", Bounds: scenario.Bounds{comparison.Value: &scenario.Bound{AtMost: &metric.Quantity{Value: tt.bound}}}}
		v := judgeClaim(c, "", comparison.Level, blocks, 6, 1000)
		if v.Outcome != Inconclusive || v.Outlook == nil || v.MoreBlocks != tt.more || v.Outlook.Fewest != tt.fewest || v.Outlook.Most != tt.most {
			t.Errorf("a bound of %g: %s, %d, %+v; want %+v", tt.bound, v.Outcome, v.MoreBlocks, v.Outlook, tt)
		}
	}
}

// TestTimeBlocks: the length of a block is the median, so a run that was interrupted within
// a block counts no night.
func TestTimeBlocks(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	block := func(minutes ...int) (trials []*record.Trial) {
		for _, m := range minutes {
			end := at.Add(time.Duration(m) * time.Minute)
			trials, at = append(trials, &record.Trial{Began: at, Ended: end}), end
		}
		return trials
	}
	v := Verdict{Claims: []ClaimVerdict{{Outcome: Inconclusive, MoreBlocks: 20, Outlook: &Outlook{Fewest: 3, Most: 90}}, {}}}
	v.timeBlocks([][]*record.Trial{block(2, 3), block(1, 600), block(2, 4)})
	if got := v.Claims[0].Outlook.BlockSeconds; got != 6*60 {
		t.Errorf("%g s", got)
	}
}

// TestShowMoreBlocks: two digits, and no number of blocks that nobody runs.
func TestShowMoreBlocks(t *testing.T) {
	for _, tt := range []struct {
		more int
		Outlook
		want string
	}{
		{20, Outlook{Fewest: 3, Most: 90, BlockSeconds: 360}, "even odds after about 20 more blocks (about 2 h 0 min); it may take 3 to 90"},
		{20, Outlook{Fewest: 3}, "even odds after about 20 more blocks; it may take 3, or never decide"},
		{107, Outlook{Fewest: 64, Most: 186, BlockSeconds: 360}, "even odds after about 110 more blocks (about 11 h 0 min); it may take 64 to 190"},
		{52, Outlook{Fewest: 5, Most: 6426}, "even odds after about 52 more blocks; it may take 5, or hundreds"},
		{6426, Outlook{Fewest: 52}, "even odds only after hundreds of blocks, so more blocks will hardly decide it"},
		{1, Outlook{Fewest: 1, Most: 1}, "even odds after about 1 more block"},
		{101, Outlook{Fewest: 102, Most: 104}, "even odds after about 100 more blocks"},
	} {
		v := ClaimVerdict{Outcome: Inconclusive, MoreBlocks: tt.more, Outlook: &tt.Outlook}
		if got := v.ShowMoreBlocks(); got != tt.want {
			t.Errorf("%d, %+v: %q, want %q", tt.more, tt.Outlook, got, tt.want)
		}
	}
}
