package measure

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// sameWork compares each trial's work with the baseline's, if the scenario asks for it.
func sameWork(sc *scenario.Scenario, trials []*record.Trial, out []TrialResult, did []responseFingerprint) error {
	if !sc.Load.EqualResponses {
		return nil
	}
	base := baselineOf(sc, out)
	for i, t := range trials {
		if i == base {
			continue
		}
		why, err := compareResponses(trials[base], t, did[base], did[i])
		if err != nil {
			return err
		}
		out[i].Invalid = append(out[i].Invalid, why...)
	}
	return nil
}

// baselineOf returns the index of the baseline's trial, of its repeat if it has one,
// else of the first trial.
func baselineOf(sc *scenario.Scenario, trials []TrialResult) int {
	standing := slices.Clone(trials)
	supersede(standing)
	return max(0, slices.IndexFunc(standing, func(m TrialResult) bool {
		return sc.Controls != nil && m.Variant == sc.Controls.Baseline && !m.Superseded
	}))
}

// work sums up the requests and answers of a trial. Equal work gives equal sums; they
// do not depend on the order in which hits end.
type responseFingerprint struct {
	answers  uint64  // for all hits: sequence number, target and answer, hashed and summed
	upstream float64 // requests to the upstream, NaN if they were not counted
}

func (w *responseFingerprint) see(h metric.Hit) {
	w.answers += mix64(h.Seq ^ mix64(h.Digest^uint64(h.Target)))
}

// scramble spreads every bit over the whole word. Sums then differ if the same parts
// are paired differently (the finaliser of SplitMix64; Steele, Lea and Flood, OOPSLA
// 2014).
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// upstreamSlack is the allowed difference of the upstream's requests, as a share of the
// baseline's: some requests are retried.
const upstreamSlack = 0.01

// unequal says how the work of t differs from the work of the baseline's trial.
func compareResponses(base, t *record.Trial, b, w responseFingerprint) (why []metric.Reason, err error) {
	if b.answers != w.answers {
		if why, err = compareUpstream(base, t); err != nil {
			return nil, err
		}
	}
	if d := math.Abs(w.upstream - b.upstream); d > upstreamSlack*b.upstream { // false for NaN
		why = append(why, metric.Because(metric.UnequalWork, nil, "unequal work: it sent %.0f requests to the upstream, %s sent %.0f", w.upstream, base.Variant, b.upstream))
	}
	return why, nil
}

// otherAnswers compares hit by hit. It skips a hit that failed in one of the two
// trials, where it counts as an error.
func compareUpstream(base, t *record.Trial) (why []metric.Reason, err error) {
	digests := map[uint64]uint64{} // a map: a slice of the length that the trial states could have any size
	err = base.Hits(func(h metric.Hit) error {
		if h.OK() {
			digests[h.Seq] = h.Digest
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", base.Label(), err)
	}
	other, first, compared := 0, uint64(math.MaxUint64), 0
	err = t.Hits(func(h metric.Hit) error {
		if !h.OK() || digests[h.Seq] == 0 {
			return nil
		}
		compared++
		if digests[h.Seq] != h.Digest {
			other, first = other+1, min(first, h.Seq)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Label(), err)
	}
	if other > 0 {
		why = append(why, metric.Because(metric.UnequalWork, nil, "unequal work: %d of %d requests got another answer than from %s, first request %d; if answers may differ, leave out load.equal_responses", other, compared, base.Variant, first))
	}
	return why, nil
}
