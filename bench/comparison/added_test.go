package comparison_test

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// left is the part of its baseline that a variant leaves, in percent.
type left struct{}

func (left) Facts() comparison.Facts {
	return comparison.Facts{Name: "left", Also: []string{"remaining"}, Baseline: true, NoEffect: 1, Own: &comparison.Unit{Mark: "%", Size: 0.01}}
}

func (left) Scale(metric.Name) comparison.Scale {
	return comparison.Scale{Of: func(of, against float64) float64 { return math.Log(of / against) }, To: math.Log, From: math.Exp, Factor: true}
}

func (left) Show(_ metric.Name, x float64) string { return metric.Percent(x) + " left" }

func (left) CheckBound(_ metric.Name, e comparison.End) string {
	if e.Value <= 0 {
		return "what is left is above 0%"
	}
	return ""
}

// All is changed before any test runs, so that tests may read it in parallel.
func init() { comparison.All = append(comparison.All, left{}) }

const bound = "reduction: {at_least: 50%}"

// TestAddedComparison: a new comparison needs a type and a line of the table, and then
// works from the scenario to the report.
func TestAddedComparison(t *testing.T) {
	run := fakerig.Create(t, bound, "left: {at_most: 50%}")
	v := fakerig.Execute(t, run, fakerig.New())
	c := fakerig.Claim(t, v, "less")
	if c.Outcome != verdict.Proven || math.Abs(*c.Estimate-0.4) > 1e-9 || c.Level != comparison.Level || len(c.PerBlock) != 6 {
		t.Fatalf("%s, %v at %v, %v: %s", c.Outcome, *c.Estimate, c.Level, c.PerBlock, c.Because)
	}
	if ctl := v.Controls[0]; ctl.Comparison != "left" || *ctl.Estimate != 1 || ctl.Outcome != verdict.Holds {
		t.Errorf("the A/A control is asked %+v", ctl)
	}
	if err := report.Write(run, v); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"report.md", "junit.xml"} {
		if text := fakerig.Read(t, filepath.Join(run.Dir, file)); !strings.Contains(text, "left of memory.mean, b vs a") || !strings.Contains(text, "40.0% left") {
			t.Errorf("%s lacks the claim:\n%s", file, text)
		}
	}
}

// TestAddedComparisonIsChecked: a bound of the new comparison is checked like any
// other.
func TestAddedComparisonIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"left: {at_most: 0%}":                   "claims[0].left.at_most: what is left is above 0%",
		"remaining: {at_most: 5%}":              "claims[0].remaining: unknown field: did you mean left?",
		"left: {at_most: 5%}, " + bound:         "2 comparisons: want exactly one of reduction, ratio, difference, value, left",
		"left: {at_most: 50%, or_within: 10MB}": "claims[0].left.or_within",
	} {
		scenario := strings.Replace(fakerig.Text, bound, text, 1)
		_, err := record.CreateRun(filepath.Join(t.TempDir(), "run"), []byte(scenario), record.Meta{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestKindIsInTheTable: a verdict.json with an unknown comparison is refused.
func TestKindIsInTheTable(t *testing.T) {
	var c verdict.ClaimVerdict
	if err := json.Unmarshal([]byte(`{"comparison": "left"}`), &c); err != nil || c.Comparison != "left" {
		t.Errorf("%q, %v", c.Comparison, err)
	}
	if err := json.Unmarshal([]byte(`{"comparison": "wrong"}`), &c); err == nil {
		t.Error("an unknown comparison is read")
	}
}
