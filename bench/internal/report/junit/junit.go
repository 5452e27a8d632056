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
		Failures int        `xml:"failures,attr"` // refuted and inconclusive claims, and failures of the service
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

// encoded is the verdict for a pipeline. A void run has one more case for each reason,
// and no figures.
func encoded(v *verdict.Verdict) ([]byte, error) {
	suite := testSuite{Name: v.Scenario}
	for _, c := range v.Claims {
		suite.add(claimCase(v.Scenario, c))
	}
	for _, c := range v.Controls {
		suite.add(controlCase(v.Scenario, c))
	}
	for _, why := range v.Reasons {
		if why.Code != metric.ClaimUnanswered { // the claim's own case has it
			suite.add(unanswered(testCase{Class: v.Scenario, Name: "the run"}, v.Outcome, why.String()))
		}
	}
	text, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// add counts the case and removes control characters; encoding/xml escapes the rest.
func (s *testSuite) add(c testCase) {
	c.Name, c.Out = printable.Text(c.Name), printable.Text(c.Out)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
		c.Failure.Message = printable.Text(c.Failure.Message)
	}
	if c.Error != nil {
		s.Errors++
		c.Error.Message = printable.Text(c.Error.Message)
	}
	s.Cases = append(s.Cases, c)
}

// unanswered adds the reason why the case has no answer. A failed service is a failure,
// anything else an error: a pipeline may repeat a job that ended with an error, and must
// not hide a service that dies.
func unanswered(c testCase, o verdict.Outcome, why string) testCase {
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
		return unanswered(out, c.Outcome, c.Because)
	}
	out.Out = fmt.Sprintf("%s: %s, claimed %s", view.FigureOf(c), view.MeasuredOf(c), c.ShowBound()+view.Missed(c)+view.MoreBlocks(c))
	if c.DecidedAfter > 0 { // other claims needed more blocks
		out.Out += ", decided after " + view.Plural(c.DecidedAfter, "block")
	}
	if c.Calibrated != "" {
		out.Out = fmt.Sprintf("set by the scenario, %s: %s", c.Outcome, out.Out)
	} else if c.Secondary {
		out.Out = fmt.Sprintf("secondary, %s: %s", c.Outcome, out.Out)
	} else if c.Outcome != verdict.Proven {
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
