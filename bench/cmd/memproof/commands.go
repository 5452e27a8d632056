package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

func runCommand(ctx context.Context, args []string, out, errOut io.Writer) (int, error) {
	o := runner.Options{Out: out, Engine: engine.Auto}
	fs := newFlags("run", errOut)
	fs.TextVar(&o.Engine, "engine", engine.Auto, "what starts the variants: "+engineNames())
	fs.StringVar(&o.Dir, "out", "", "run `directory` to make (default reports/SCENARIO-TIME)")
	resume := fs.String("resume", "", "run `directory` to go on with, in place of a scenario")
	rest, err := parse(fs, args)
	if err != nil {
		return 0, err
	}
	switch {
	case *resume != "" && len(rest) == 0 && o.Dir == "":
		o.Dir, o.Resume = *resume, true
	case *resume == "" && len(rest) == 1:
		o.Scenario = rest[0]
		if o.Dir == "" {
			o.Dir = defaultDir(o.Scenario, time.Now())
		}
	default:
		return 0, badInput("run takes one scenario, or -resume DIR and nothing else")
	}
	if f, ok := errOut.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		o.Progress = f
	}
	if err := examine(ctx, o, errOut); err != nil {
		return 0, err
	}
	setLastWords(ctx, func() {
		if o.Progress != nil {
			fmt.Fprint(o.Progress, "\r\x1b[K") // the line that is drawn over and over
		}
		fmt.Fprintf(errOut, "memproof: %s\n", interruption(nil, kept(o.Dir)))
	})
	v, err := runner.Run(ctx, o)
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, interruptedRun{err, kept(o.Dir)}
	case err != nil:
		keptNote(o.Dir, err, errOut)
		return 0, err
	}
	return v.Outcome.ExitCode(), nil
}

// keptNote tells how to go on where a fault left whole trials.
func keptNote(dir string, err error, errOut io.Writer) {
	var bad runner.BadInput
	if so := kept(dir); so != "" && !errors.As(err, &bad) {
		fmt.Fprintf(errOut, "memproof: %s\n", so)
	}
}

// defaultDir names the run after the scenario and the time: a scenario may run
// many times.
func defaultDir(scenario string, at time.Time) string {
	name := strings.TrimSuffix(filepath.Base(scenario), filepath.Ext(scenario))
	return filepath.Join("reports", name+"-"+at.UTC().Format("20060102-150405"))
}

func judgeCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	run, err := openOnly("judge", args, errOut)
	if err != nil {
		return 0, err
	}
	v, err := verdict.Judge(run)
	if err != nil {
		return 0, err
	}
	if err := v.Write(run.Dir); err != nil {
		return 0, err
	}
	return v.Outcome.ExitCode(), report.Closing(out, v)
}

func reportCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	run, err := openOnly("report", args, errOut)
	if err != nil {
		return 0, err
	}
	if _, err := runner.Conclude(out, run); err != nil {
		return 0, err
	}
	return 0, nil // the report was drawn; judge tells the outcome
}

// openOnly opens the one run directory that a command takes.
func openOnly(name string, args []string, errOut io.Writer) (*record.Run, error) {
	rest, err := parse(newFlags(name, errOut), args)
	if err != nil {
		return nil, err
	}
	if len(rest) != 1 {
		return nil, badInput("%s takes one run directory", name)
	}
	return openRun(rest[0])
}

// openRun opens a run directory; one that cannot be is the person's mistake.
func openRun(dir string) (*record.Run, error) {
	run, err := record.OpenRun(dir)
	if err != nil {
		return nil, runner.BadInput{Err: err}
	}
	return run, nil
}

func compareCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	dirs, err := parse(newFlags("compare", errOut), args)
	if err != nil {
		return 0, err
	}
	if len(dirs) != 2 {
		return 0, badInput("compare takes two run directories")
	}
	var runs [2]*record.Run
	for i, dir := range dirs {
		if runs[i], err = openRun(dir); err != nil {
			return 0, err
		}
	}
	c, err := verdict.Compare(runs[0], runs[1])
	var not verdict.NotComparable
	if errors.As(err, &not) {
		return 0, runner.BadInput{Err: err}
	}
	if err != nil {
		return 0, err
	}
	return 0, report.Comparison(out, c)
}

func validateCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	rest, err := parse(newFlags("validate", errOut), args)
	if err != nil {
		return 0, err
	}
	if len(rest) == 0 {
		return 0, badInput("validate takes one scenario or more")
	}
	var bad []error
	for _, path := range rest {
		if sc, err := runner.ReadScenario(path); err != nil {
			bad = append(bad, err)
		} else {
			fmt.Fprintf(out, "%s: %s\n", path, extent(sc))
		}
	}
	if len(bad) > 0 {
		return 0, runner.BadInput{Err: errors.Join(bad...)}
	}
	return 0, nil
}

// extent says in a line how much a valid scenario is.
func extent(sc *scenario.Scenario) string {
	trials, _ := design.TrialCount(sc)
	return fmt.Sprintf("%s, %s, %s; %s, about %s: fine", plural(len(sc.Variants), "variant"), plural(sc.Blocks, "block"),
		plural(len(sc.Claims), "claim"), plural(trials, "trial"), roughly(design.Length(sc)))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// roughly is a length of time to plan with.
func roughly(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case minutes < 120:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	default:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
}

func newFlags(name string, errOut io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("memproof "+name, flag.ContinueOnError)
	fs.SetOutput(errOut)
	return fs
}

// parse returns the arguments after the flags. The flag package has printed a
// mistake already when it returns one.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, runner.BadInput{Err: err}
	}
	return fs.Args(), nil
}

func badInput(format string, args ...any) error {
	return runner.BadInput{Err: fmt.Errorf(format, args...)}
}
