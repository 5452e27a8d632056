package verdict

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// Outlook is how uncertain MoreBlocks is. The true distance from the bound is not known:
// Fewest and Most are the numbers of blocks for even odds at the two ends of the middle
// half of where it may lie.
type Outlook struct {
	Fewest int `json:"fewest"`
	Most   int `json:"most,omitempty"` // 0: the truth may be on the bound, so that no number of blocks decides
	// BlockSeconds is how long a block of this run took; 0 if the trials do not say.
	BlockSeconds float64 `json:"block_seconds,omitempty"`
}

// middleHalf is the normal quantile of 75%: half of the probability is within so many
// standard errors.
const middleHalf = 0.6745

// lookAhead sets how many more blocks give even odds of an answer, if the estimate and the
// scatter stay as they are, and how uncertain that is.
func (v *ClaimVerdict) lookAhead(in stats.Interval) {
	sd, distance := in.SD, math.Abs(in.Mean-v.scale().To(v.nearestBound()))
	if aa, err := stats.MeanInterval(v.contrasts, v.Level); err == nil {
		sd += aa.SD * v.shareOfContrast() // the A/A margin shrinks with the blocks, too
	}
	more := func(distance float64) int {
		if n := stats.BlocksNeeded(sd, distance, v.Level); n > 0 {
			return max(1, n-in.N)
		}
		return 0
	}
	unsure := middleHalf * in.SD / math.Sqrt(float64(in.N))
	if v.MoreBlocks = more(distance); v.MoreBlocks > 0 {
		v.Outlook = &Outlook{Fewest: more(distance + unsure), Most: more(distance - unsure)}
	}
}

// timeBlocks sets the length of a block in what is said of further ones: the median of the
// run's whole blocks, from the start of the first trial to the end of the last.
func (v *Verdict) timeBlocks(blocks [][]*record.Trial) {
	var seconds []float64
	for _, trials := range blocks {
		began, ended := trials[0].Began, trials[0].Ended
		for _, t := range trials {
			if t.Began.Before(began) {
				began = t.Began
			}
			if t.Ended.After(ended) {
				ended = t.Ended
			}
		}
		if took := ended.Sub(began).Seconds(); took > 0 {
			seconds = append(seconds, took)
		}
	}
	if len(seconds) == 0 {
		return
	}
	slices.Sort(seconds)
	for i := range v.Claims {
		if o := v.Claims[i].Outlook; o != nil {
			o.BlockSeconds = stats.Quantile(seconds, 0.5)
		}
	}
}

// hundreds is the number of blocks from which on they are not counted: they take days.
const hundreds = 200

// ShowMoreBlocks says how many more blocks would decide, to two digits: "even odds after
// about 24 more blocks (about 1 h 50 min); it may take 9, or never decide"; empty if unknown.
func (v *ClaimVerdict) ShowMoreBlocks() string {
	odds := v.ShowEvenOdds()
	switch {
	case odds == "":
		return ""
	case v.Outlook == nil: // the next analysis is known
		return "needs " + odds
	case v.MoreBlocks >= hundreds:
		return "even odds only after hundreds of blocks, so more blocks will hardly decide it"
	}
	s := "even odds after about " + odds
	if v.Outlook.BlockSeconds > 0 {
		s += " (about " + metric.ShowLength(time.Duration(v.Outlook.BlockSeconds*float64(twoDigits(v.MoreBlocks))*1e9)) + ")"
	}
	switch o := v.Outlook; {
	case o.Most == 0:
		return s + fmt.Sprintf("; it may take %d, or never decide", twoDigits(o.Fewest))
	case o.Most >= hundreds:
		return s + fmt.Sprintf("; it may take %d, or hundreds", twoDigits(o.Fewest))
	case twoDigits(o.Most) > twoDigits(o.Fewest):
		return s + fmt.Sprintf("; it may take %d to %d", twoDigits(o.Fewest), twoDigits(o.Most))
	}
	return s
}

// ShowEvenOdds returns the number of blocks alone: "24 more blocks"; empty if unknown.
func (v *ClaimVerdict) ShowEvenOdds() string {
	switch {
	case v.Outcome != Inconclusive || v.MoreBlocks == 0:
		return ""
	case v.MoreBlocks == 1:
		return "1 more block"
	case v.MoreBlocks >= hundreds:
		return "hundreds of blocks"
	}
	return fmt.Sprintf("%d more blocks", twoDigits(v.MoreBlocks))
}

// twoDigits rounds to two significant digits: the number rests on an estimate.
func twoDigits(n int) int {
	step := 1
	for n/step >= 100 {
		step *= 10
	}
	return (n + step/2) / step * step
}
