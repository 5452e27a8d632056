package measure

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// compareWork compares each trial's work with the baseline's, if the scenario asks for it.
func compareWork(sc *scenario.Scenario, trials []*record.Trial, out []TrialResult, prints []fingerprint) error {
	if !sc.Load.EqualResponses {
		return nil
	}
	base := baselineIndex(sc, out)
	for i, t := range trials {
		if i == base {
			continue
		}
		b, p := prints[base], prints[i]
		if b.answers != p.answers {
			why, err := compareAnswers(trials[base], t)
			if err != nil {
				return err
			}
			out[i].Invalid = append(out[i].Invalid, why...)
		}
		if math.Abs(p.upstream-b.upstream) > upstreamSlack*b.upstream { // false for NaN
			out[i].Invalid = append(out[i].Invalid, metric.Because(metric.UnequalWork, nil,
				"unequal work: it sent %.0f requests to the upstream, %s sent %.0f", p.upstream, trials[base].Variant, b.upstream))
		}
	}
	return nil
}

// baselineIndex returns the index of the baseline's trial, of its repeat if it has one. In
// a block without the baseline, the arm that ran first stands for it.
func baselineIndex(sc *scenario.Scenario, trials []TrialResult) int {
	trials = slices.Clone(trials)
	supersede(trials)
	of := func(arm string) int {
		return slices.IndexFunc(trials, func(m TrialResult) bool { return m.Variant == arm && !m.Superseded })
	}
	if base := of(sc.Controls.Baseline); base >= 0 {
		return base
	}
	return max(0, of(trials[0].Variant))
}

// upstreamSlack is the allowed difference of the upstream's requests, as a share of the
// baseline's: some requests are retried.
const upstreamSlack = 0.01

// fingerprint sums up the answers of a trial. Equal work gives equal sums; they do not
// depend on the order in which hits end.
type fingerprint struct {
	answers  uint64  // for all hits: sequence number, target and answer, hashed and summed
	upstream float64 // requests to the upstream, NaN if they were not counted
}

func (f *fingerprint) add(h metric.Hit) { f.answers += mix64(h.Seq ^ mix64(h.Digest^uint64(h.Target))) }

// mix64 spreads every bit over the whole word. Sums then differ if the same parts are
// paired differently (the finaliser of SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// compareAnswers compares hit by hit. It skips a hit that failed in one of the two
// trials, where it counts as an error.
func compareAnswers(base, t *record.Trial) (why []metric.Reason, err error) {
	digests := map[uint64]uint64{} // a map: a slice of the length that the trial states could have any size
	different, first, compared := 0, uint64(math.MaxUint64), 0
	for _, pass := range []struct {
		trial *record.Trial
		hit   func(metric.Hit)
	}{
		{base, func(h metric.Hit) { digests[h.Seq] = h.Digest }},
		{t, func(h metric.Hit) {
			if digests[h.Seq] == 0 {
				return
			}
			compared++
			if digests[h.Seq] != h.Digest {
				different, first = different+1, min(first, h.Seq)
			}
		}},
	} {
		err := pass.trial.Hits(func(h metric.Hit) error {
			if h.OK() {
				pass.hit(h)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pass.trial.Label(), err)
		}
	}
	if different > 0 {
		why = append(why, metric.Because(metric.UnequalWork, nil,
			"unequal work: %d of %d requests got another answer than from %s, first request %d; "+
				"if answers may differ, leave out load.equal_responses", different, compared, base.Variant, first))
	}
	return why, nil
}
