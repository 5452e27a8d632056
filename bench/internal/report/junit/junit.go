// Package junit writes the verdict as the test results that pipelines read.
package junit

import (
	"encoding/xml"
	"fmt"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// XML has a test case a claim and a control.
var XML = view.Output{Name: "junit.xml", Write: func(m view.Material) ([]byte, error) { return encoded(m.Verdict) }}

// The elements of JUnit's XML that pipelines agree on (the schema of Jenkins'
// xUnit plugin).
type (
	testSuite struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"` // claims that were refuted or not decided, and what the service did wrong
		Errors   int        `xml:"errors,attr"`   // what could not be measured
		Cases    []testCase `xml:"testcase"`
	}
	testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *problem `xml:"failure"`
		Error   *problem `xml:"error"`
		Out     string   `xml:"system-out,omitempty"`
	}
	problem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
	}
)

// encoded is the verdict for a pipeline. A run that failed or broke has one more case
// for each reason, and no figures.
func encoded(v *verdict.Verdict) ([]byte, error) {
	suite := testSuite{Name: v.Scenario}
	for _, c := range v.Claims {
		suite.add(claimCase(v.Scenario, c))
	}
	for _, c := range v.Controls {
		suite.add(controlCase(v.Scenario, c))
	}
	for _, why := range v.Reasons {
		if why.Code == metric.ClaimUnanswered {
			continue // the claim's own case says so
		}
		suite.add(testCase{Class: v.Scenario, Name: "the run"}.without(v.Outcome, why.String()))
	}
	suite.clean()
	text, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// clean takes out what no viewer should obey; encoding/xml escapes the rest.
func (s *testSuite) clean() {
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Name, c.Out = printable.Text(c.Name), printable.Text(c.Out)
		for _, why := range []*problem{c.Failure, c.Error} {
			if why != nil {
				why.Message = printable.Text(why.Message)
			}
		}
	}
}

func (s *testSuite) add(c testCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
}

// without is the case with the reason why it has no answer. What the service did
// wrong is a failure, as it is for tests: a pipeline may run a job again that ended
// with an error, and must not hide a service that dies.
func (c testCase) without(o verdict.Outcome, why string) testCase {
	reason := &problem{string(o), why}
	if o == verdict.Failed {
		c.Failure = reason
	} else {
		c.Error = reason
	}
	return c
}

func claimCase(scenario string, c verdict.ClaimVerdict) testCase {
	out := testCase{Class: scenario, Name: view.SentenceOf(c)}
	if !c.Outcome.Answers() {
		return out.without(c.Outcome, c.Because)
	}
	out.Out = fmt.Sprintf("%s: %s, claimed %s", view.FigureOf(c), c.ShowMeasured(), c.ShowBound())
	if c.Secondary {
		out.Out = fmt.Sprintf("secondary, %s: %s", c.Outcome, out.Out)
	}
	if c.Outcome != verdict.Proven && !c.Secondary { // those decide nothing
		out.Failure = &problem{string(c.Outcome), out.Out}
	}
	return out
}

func controlCase(scenario string, c verdict.ControlVerdict) testCase {
	out := testCase{Class: scenario + ".controls", Name: fmt.Sprintf("%s: %s of %s", c.Arm, c.Comparison, c.Metric)}
	if c.Outcome == verdict.Fails {
		out.Error = &problem{string(c.Outcome), c.Because}
	} else {
		out.Out = fmt.Sprintf("%s: %s", c.Outcome, c.Because)
	}
	return out
}
