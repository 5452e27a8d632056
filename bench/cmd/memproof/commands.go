package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

func runCommand(ctx context.Context, c *invocation) (int, error) {
	o := runner.Options{Out: c.out}
	c.TextVar(&o.Engine, "engine", engine.Auto, "what starts the variants: "+engineNames())
	study := &runner.StudyOptions{}
	c.StringVar(&study.Dir, "out", "", "study `folder` that the run is added to (default reports/SCENARIO)")
	c.BoolVar(&study.New, "new", false, "begin another study of the scenario")
	c.StringVar(&study.Journal, "study", "", "`file` of the study's journal, for a pipeline that keeps it; the exit status is the study's")
	resume := c.String("resume", "", "`directory` of a run to resume, or of a study whose last unfinished run is; instead of a scenario")
	const want = "one scenario, or -resume DIR without -out and -new"
	args, err := c.parse(want, 0, 1)
	switch {
	case err != nil:
		return 0, err
	case *resume != "" && len(args) == 0 && study.Dir == "" && !study.New:
		if o.Dir, err = runner.ResumeDir(*resume, study.Journal); err != nil {
			return 0, err
		}
		o.Resume = true
	case *resume == "" && len(args) == 1:
		o.Scenario = args[0]
		if study.Dir == "" {
			study.Dir = defaultDir(o.Scenario)
		}
	default:
		return 0, badInput("run takes %s", want)
	}
	if f, ok := c.errOut.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		o.Progress = f
	}
	if err := examine(ctx, o, c.errOut); err != nil {
		return 0, err
	}
	o.Study, c.runDir = study, o.Dir
	o.Began = func(dir string) {
		c.runDir = dir
		setBeforeExit(ctx, func() {
			if o.Progress != nil {
				fmt.Fprint(o.Progress, "\r\x1b[K") // the progress line
			}
			fmt.Fprintf(c.errOut, "memproof: %s\n", interruption(nil, resumeHint(dir)))
		})
	}
	if o.Resume {
		o.Began(o.Dir)
	}
	v, err := runner.Run(ctx, o)
	if errors.As(err, new(runner.StudyError)) && study.Journal == "" { // the run is complete
		fmt.Fprintf(printable.Writer(c.errOut), "memproof: %v\n", err)
		return v.Outcome.ExitCode(), nil
	}
	if err != nil {
		return 0, err
	}
	if study.Journal != "" && study.Verdict != nil {
		return study.Verdict.Outcome.ExitCode(), nil
	}
	return v.Outcome.ExitCode(), nil
}

// defaultDir names the study after the scenario.
func defaultDir(scenario string) string {
	return filepath.Join("reports", strings.TrimSuffix(filepath.Base(scenario), filepath.Ext(scenario)))
}

func judgeCommand(_ context.Context, c *invocation) (int, error) {
	run, study, err := c.parseRunOrStudy()
	if err != nil {
		return 0, err
	}
	if study != nil {
		v, err := runner.JudgeStudy(c.out, study, nil)
		if err != nil {
			return 0, err
		}
		return v.Outcome.ExitCode(), nil
	}
	v, err := runner.Judge(run)
	if err != nil {
		return 0, err
	}
	return v.Outcome.ExitCode(), report.Closing(c.out, v)
}

func reportCommand(_ context.Context, c *invocation) (int, error) {
	run, study, err := c.parseRunOrStudy()
	switch {
	case err != nil:
		return 0, err
	case study != nil:
		_, err = runner.JudgeStudy(c.out, study, nil)
	default:
		_, err = runner.Report(c.out, run)
	}
	return 0, err // judge's status is the outcome, report's is not
}

// parseRunOrStudy opens the one directory that the command takes: of a run or of a study.
func (c *invocation) parseRunOrStudy() (*record.Run, *record.Study, error) {
	journal := c.String("study", "", "`file` of the study's journal, if it is not in the study's folder")
	args, err := c.parse("the directory of a run or of a study", 1, 1)
	if err != nil {
		return nil, nil, err
	}
	study, err := record.OpenStudy(args[0], *journal)
	if errors.Is(err, fs.ErrNotExist) && *journal == "" {
		run, err := openRun(args[0])
		return run, nil, err
	}
	if err != nil {
		return nil, nil, runner.BadInput{Err: err}
	}
	return nil, study, nil
}

func openRun(dir string) (*record.Run, error) {
	run, err := record.OpenRun(dir)
	if err != nil {
		return nil, runner.BadInput{Err: err}
	}
	return run, nil
}

func exportCommand(_ context.Context, c *invocation) (int, error) {
	var e runner.Export
	c.StringVar(&e.Variant, "variant", "", "only the trials of the variant with this `name`")
	c.IntVar(&e.Block, "block", 0, "only the trials of this block, from 1")
	c.StringVar(&e.To, "to", "", "vegeta result `file` to make; .json and .csv have their own formats")
	const want = "one run directory and -to FILE"
	dirs, err := c.parse(want, 1, 1)
	if err != nil {
		return 0, err
	}
	run, err := openRun(dirs[0])
	if err != nil {
		return 0, err
	}
	if e.To == "" {
		return 0, badInput("export takes %s", want)
	}
	trials, hits, err := e.Write(run)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(c.out, "%s: %d hits of %d trials\n", e.To, hits, trials)
	return 0, nil
}

func validateCommand(_ context.Context, c *invocation) (int, error) {
	paths, err := c.parse("one scenario or more", 1, math.MaxInt)
	if err != nil {
		return 0, err
	}
	var bad []error
	for _, path := range paths {
		if sc, err := runner.ReadScenario(path); err != nil {
			bad = append(bad, err)
		} else {
			fmt.Fprintf(c.out, "%s: valid: %s\n", path, describeSize(sc))
		}
	}
	if len(bad) > 0 {
		return 0, runner.BadInput{Err: errors.Join(bad...)}
	}
	return 0, nil
}

// describeSize counts the parts of a scenario and estimates the length of its run. The
// first interim analysis may end it, or all of them may be needed.
func describeSize(sc *scenario.Scenario) string {
	least, trials, _ := design.TrialCount(sc)
	shortest, longest := design.Length(sc)
	length := metric.ShowLength(longest)
	if least < trials {
		length = metric.ShowLength(shortest) + " to " + length
	}
	return fmt.Sprintf("%s, %s, %s; %s, about %s", view.Plural(len(sc.Variants), "variant"), view.Range(sc.Analyses()[0], sc.Blocks, "block"),
		view.Plural(len(sc.Claims), "claim"), view.Range(least, trials, "trial"), length)
}
