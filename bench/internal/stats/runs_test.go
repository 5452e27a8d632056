package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestAcrossRunsByHand: three runs of four blocks. With equal numbers of blocks the mean
// is the plain one and the interval is Student's over the runs.
func TestAcrossRunsByHand(t *testing.T) {
	runs := []RunEstimate{{10, 0.2, 4}, {12, 0.2, 4}, {14, 0.2, 4}}
	in, err := AcrossRuns(runs, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if want := 4.302652729911275 * 2 / math.Sqrt(3); math.Abs(in.Mean-12) > 1e-9 || math.Abs(in.HalfWidth-want) > 1e-6 {
		t.Errorf("12 ± %g, got %+v", want, in)
	}
	// Runs that agree better than their blocks allow: the fixed effect's error.
	runs = []RunEstimate{{10, 2, 4}, {10.001, 2, 4}, {10.002, 2, 4}}
	in, err = AcrossRuns(runs, 0.95)
	if want := 4.302652729911275 * 1 / math.Sqrt(3); err != nil || math.Abs(in.HalfWidth-want) > 1e-6 {
		t.Errorf("10 ± %g, got %+v, %v", want, in, err)
	}
	// A run of many blocks weighs more where the runs agree, and about the same where they do not.
	in, _ = AcrossRuns([]RunEstimate{{10, 3, 3}, {11, 3, 12}}, 0.9)
	if math.Abs(in.Mean-10.8) > 1e-9 {
		t.Errorf("3 blocks at 10 and 12 at 11 are at 10.8, got %g", in.Mean)
	}
	in, _ = AcrossRuns([]RunEstimate{{10, 0.1, 3}, {20, 0.1, 12}}, 0.9)
	if math.Abs(in.Mean-15) > 0.01 {
		t.Errorf("runs that differ by more than their blocks weigh the same, got %g", in.Mean)
	}
}

func TestAcrossRunsEdges(t *testing.T) {
	for name, runs := range map[string][]RunEstimate{
		"one run": {{1, 1, 3}}, "one block": {{1, 0, 1}, {2, 1, 3}}, "not a number": {{math.NaN(), 1, 3}, {1, 1, 3}}, "infinite": {{1, math.Inf(1), 3}, {1, 1, 3}},
	} {
		if _, err := AcrossRuns(runs, 0.95); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if in, err := AcrossRuns([]RunEstimate{{5, 0, 3}, {5, 0, 4}}, 0.95); err != nil || in.Mean != 5 || in.HalfWidth != 0 {
		t.Errorf("without any scatter: %+v, %v", in, err)
	}
	in, err := AcrossRuns([]RunEstimate{{5, 0, 3}, {7, 0, 3}}, 0.95)
	if want := 12.706204736174694 * math.Sqrt2 / math.Sqrt2; err != nil || math.Abs(in.HalfWidth-want) > 1e-6 {
		t.Errorf("blocks without scatter: 6 ± %g, got %+v, %v", want, in, err)
	}
}

// TestCoverageAcrossRuns: with a level between runs of no to ten times the error within a
// run, the prediction holds the next run in 93-97%, and the mean in at least 93%.
func TestCoverageAcrossRuns(t *testing.T) {
	t.Parallel()
	const blocks, times = 4, 4000
	for _, k := range []int{2, 3, 5} {
		for _, ratio := range []float64{0, 0.3, 1, 3, 10} {
			t.Run(fmt.Sprintf("%d runs, between %gx within", k, ratio), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(k), uint64(10*ratio)))
				run := func() RunEstimate {
					level := ratio / math.Sqrt(blocks) * r.NormFloat64()
					xs := make([]float64, blocks)
					for i := range xs {
						xs[i] = level + r.NormFloat64()
					}
					return RunEstimate{Mean(xs), math.Sqrt(covariance(xs, xs)), blocks}
				}
				var predicted, covered float64
				for range times {
					runs, means := make([]RunEstimate, k), make([]float64, k)
					for i := range runs {
						runs[i] = run()
						means[i] = runs[i].Mean
					}
					p, err := Prediction(means, 0.95)
					in, err2 := AcrossRuns(runs, 0.95)
					if err != nil || err2 != nil {
						t.Fatal(err, err2)
					}
					if next := run().Mean; p.Low <= next && next <= p.High {
						predicted++
					}
					if in.Low <= 0 && 0 <= in.High {
						covered++
					}
				}
				if share := predicted / times; share < 0.93 || share > 0.97 {
					t.Errorf("the prediction holds the next run in %.3f", share)
				}
				if share := covered / times; share < 0.93 {
					t.Errorf("the interval holds the mean in %.3f", share)
				}
			})
		}
	}
}
