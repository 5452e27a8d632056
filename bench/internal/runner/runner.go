// Package runner puts the real machine together: it is the one place where the
// engine, the load generator and the report meet. The command and the
// end-to-end test both run experiments through it.
package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/design"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Options say what to run and where to leave it.
type Options struct {
	Scenario string      // path of the scenario; not used with Resume
	Engine   engine.Name // Auto, Docker or Host
	Dir      string      // run directory to make; with Resume the one to go on with
	Resume   bool
	Out      io.Writer // first line, notes and closing lines
	Progress io.Writer // the line that is drawn over and over; nil for none
}

// BadInput is an error before anything was measured: a scenario with mistakes, an
// image that can't be built, a machine on which the run can't be done.
type BadInput struct{ Err error }

func (e BadInput) Error() string { return e.Err.Error() }

// Unwrap returns the mistake.
func (e BadInput) Unwrap() error { return e.Err }

// Run measures, judges and reports. What it started is gone when it returns.
// When ctx ends, trials that are whole stay on disk and the error is ctx's.
func Run(ctx context.Context, o Options) (*verdict.Verdict, error) {
	sc, text, err := o.read()
	if err != nil {
		return nil, BadInput{err}
	}
	if err := sc.Complete(); err != nil {
		return nil, BadInput{fmt.Errorf("%s: %w", o.Dir, err)}
	}
	if o.Resume && o.Engine == engine.Auto {
		if o.Engine, err = begunOn(o.Dir); err != nil {
			return nil, BadInput{err}
		}
	}
	o.Out = discreet{o.Out, sc}
	v, err := o.run(ctx, sc, text)
	if err != nil {
		return nil, discreetError{err, sc}
	}
	return v, nil
}

// run is Run of a scenario that was read.
func (o Options) run(ctx context.Context, sc *scenario.Scenario, text []byte) (*verdict.Verdict, error) {
	_, why, err := engine.Choose(ctx, o.Engine, sc)
	if err != nil {
		return nil, BadInput{err}
	}
	fmt.Fprintf(o.Out, "engine %s\n", why)
	run, err := o.measure(ctx, sc, text)
	if err != nil {
		return nil, err
	}
	return Conclude(o.Out, run)
}

// read is the scenario and its text.
func (o Options) read() (*scenario.Scenario, []byte, error) {
	if !o.Resume {
		return readFrom(o.Scenario, sourceInputs(o.Scenario))
	}
	inputs, err := record.ResumeInputs(o.Dir, func(path string) (*scenario.Scenario, error) {
		sc, _, err := readFrom(path, sourceInputs(path))
		return sc, err
	})
	if err != nil {
		return nil, nil, err
	}
	inputs.Env = os.LookupEnv
	return readFrom(filepath.Join(o.Dir, "scenario.yaml"), inputs)
}

// sourceInputs are those of a scenario that is about to run.
func sourceInputs(path string) scenario.Inputs {
	in := uncheckedInputs(path)
	in.Env = os.LookupEnv
	return in
}

// uncheckedInputs are those of a scenario that is only looked at: variables that
// ${env.NAME} takes need not be set.
func uncheckedInputs(path string) scenario.Inputs {
	root, _ := moduleRoot() // without one builds are not looked at, and no run begins
	return scenario.Inputs{Dir: filepath.Dir(path), Trace: generator.ReadTrace, Targets: generator.ReadTargets, Builds: root}
}

func readFrom(path string, in scenario.Inputs) (*scenario.Scenario, []byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	sc, err := parse(path, text, in)
	if err != nil {
		return nil, nil, err
	}
	return sc, sc.Copy(), nil
}

// ReadScenario reads a scenario and checks all that can be checked without
// starting anything.
func ReadScenario(path string) (*scenario.Scenario, error) {
	sc, _, err := readFrom(path, uncheckedInputs(path))
	return sc, err
}

func parse(path string, text []byte, inputs scenario.Inputs) (*scenario.Scenario, error) {
	sc, err := inputs.ParseScenario(path, text)
	if err != nil {
		return nil, err
	}
	if err := generator.Check(sc.Load); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return sc, nil
}

// measure runs the experiment. A directory in which nothing was measured is
// removed again.
func (o Options) measure(ctx context.Context, sc *scenario.Scenario, text []byte) (run *record.Run, err error) {
	if _, err := os.Stat(o.Dir); err == nil && !o.Resume {
		return nil, BadInput{fmt.Errorf("%s exists: name another directory with -out, or go on with that run: memproof run -resume %s", o.Dir, o.Dir)}
	}
	defer func() {
		measured := run != nil && len(run.Trials) > 0
		err = classified(err, measured)
		if err != nil && !measured && !o.Resume {
			err = errors.Join(err, os.RemoveAll(o.Dir))
		}
	}()
	root, err := moduleRoot()
	if err != nil {
		return nil, BadInput{err}
	}
	watch := newProgress(o.Progress, o.Out, sc)
	defer watch.close()
	defer watch.interrupts(ctx)()
	session, err := engine.Open(ctx, o.Engine, sc, engine.Options{Root: root, Dir: o.Dir, Log: watch.note})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	if run, err = o.directory(sc, text, session.Facts()); err != nil {
		return nil, err
	}
	err = experiment.Conduct(ctx, design.Of(run), run, experiment.Rig{
		Facts: run.Meta.Machine, Discard: session.Capabilities().ChargesCaches, Settle: settle,
		Quiet: hostinfo.Probe, Programs: otherPrograms(session), Start: session.Start, Load: generator.Drive, Now: time.Now, Sleep: sleep, Progress: watch.event,
	})
	return run, err
}

// classified makes an error BadInput where nothing was measured, or where the machine
// can't go on measuring. The failure of a service stays what it is.
func classified(err error, measured bool) error {
	service, machine := errors.As(err, new(experiment.ServiceFailure)), errors.As(err, new(metric.Unmeasurable))
	if err == nil || service || measured && !machine {
		return err
	}
	return BadInput{err}
}

// settle is longer than the longest stretch without a reading of PSS that the sampler
// allows itself, ten seconds.
const settle = 15 * time.Second

// begunOn is the engine that a run was begun on.
func begunOn(dir string) (kind engine.Name, err error) {
	run, err := record.OpenRun(dir)
	if err != nil {
		return "", err
	}
	return kind, kind.UnmarshalText([]byte(run.Meta.Machine["engine"]))
}

// directory makes the run's directory or opens the one to go on with.
func (o Options) directory(sc *scenario.Scenario, text []byte, facts map[string]string) (*record.Run, error) {
	machine := machineFacts(facts)
	if !o.Resume {
		if err := sc.WriteInputs(o.Dir); err != nil {
			return nil, err
		}
		meta := record.Meta{Began: time.Now().UTC(), Machine: machine}
		if sc.Withholds() {
			meta.Source, meta.EnvFiles = pathFrom(o.Dir, o.Scenario), sc.EnvFileHashes()
		}
		run, err := record.CreateRun(o.Dir, text, meta)
		if err != nil {
			return nil, err
		}
		return run, run.Scenario.UseSecrets(sc)
	}
	run, err := record.OpenRun(o.Dir)
	if err != nil {
		return nil, BadInput{err}
	}
	if what := differs(run.Meta.Machine, machine); what != "" {
		return nil, BadInput{fmt.Errorf("%s was begun with another %s (%s, now %s): trials of both would not be comparable; begin a new run",
			o.Dir, what, run.Meta.Machine[what], machine[what])}
	}
	if err := run.Scenario.UseSecrets(sc); err != nil {
		return nil, BadInput{fmt.Errorf("%s: %w", o.Dir, err)}
	}
	return run, nil
}

// differs names a fact in which two parts of a run must not differ, and do:
// the engine, the kernel, what was built or pulled.
func differs(was, is map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(was)) {
		group, _, _ := strings.Cut(name, ".")
		if slices.Contains([]string{"binary", "image", "engine", "kernel"}, group) && name != "engine.why" && was[name] != is[name] {
			return name
		}
	}
	return ""
}

// Conclude judges what a run directory holds, writes the verdict and the
// report and prints the closing lines.
func Conclude(out io.Writer, run *record.Run) (*verdict.Verdict, error) {
	v, err := verdict.Judge(run)
	if err != nil {
		return nil, err
	}
	if err := v.Write(run.Dir); err != nil {
		return nil, err
	}
	if err := report.Write(run, v); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "report: %s\n", filepath.Join(run.Dir, "report.md"))
	return v, report.Closing(out, v)
}

// moduleRoot is the directory of the go.mod that holds the working directory:
// what a scenario's build paths are relative to.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod in %s or above: run memproof from within a checkout, since it builds the variants and the sampler", start)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
