// Package runner connects the engine, the load generator and the report. The command and
// the end-to-end test run experiments through it.
package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/files"
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
	Dir      string      // run directory to make; with Resume the one to resume; chosen by Study
	Resume   bool
	// Study adds the run to a study, which then has the directory. nil: the run is on its
	// own, and a resumed run stays where it is.
	Study    *StudyOptions
	Out      io.Writer // first line, notes and closing lines
	Progress io.Writer // the progress line, which is redrawn; nil for none

	// Began is called with the run's directory when it is known; nil for nobody.
	Began func(dir string)

	member *membership // nil without a study
}

// BadInput is an error before anything was measured: a scenario with mistakes, an image
// that cannot be built, a machine that cannot do the run.
type BadInput struct{ Err error }

func (e BadInput) Error() string { return e.Err.Error() }

// Unwrap returns the mistake.
func (e BadInput) Unwrap() error { return e.Err }

// Run measures, judges and reports. It removes what it started before it returns. When
// ctx ends, finished trials stay on disk and the error is ctx's. Next to a [StudyError]
// there is a verdict.
func Run(ctx context.Context, o Options) (v *verdict.Verdict, err error) {
	sc, err := o.read()
	if err != nil {
		return nil, err
	}
	if err := sc.Complete(); err != nil {
		return nil, BadInput{fmt.Errorf("%s: %w", o.Dir, err)}
	}
	o.Out = redactedWriter{o.Out, sc}
	defer func() {
		if err != nil && !errors.As(err, new(StudyError)) {
			v = nil
		}
		if err != nil {
			err = redactedError{err, sc}
		}
	}()
	if o.member, err = o.findMembership(sc); err != nil {
		return nil, err
	}
	if o.member != nil && !o.Resume {
		o.setDir(o.member.runDir())
	}
	_, why, err := engine.Choose(ctx, o.Engine, sc)
	if err != nil {
		return nil, BadInput{err}
	}
	fmt.Fprintf(o.Out, "engine %s\n", why)
	run, err := o.measure(ctx, sc)
	if err != nil && run != nil && len(run.Stopped) > 0 {
		_, reportErr := Report(o.Out, run) // the report says what ended the run
		err = errors.Join(err, reportErr)
	}
	if err != nil {
		return nil, err
	}
	v, err = Report(o.Out, run)
	if err != nil {
		return nil, err
	}
	return v, o.endStudy(v)
}

// measure runs the experiment. If nothing was measured, it removes a new directory.
func (o Options) measure(ctx context.Context, sc *scenario.Scenario) (run *record.Run, err error) {
	if _, err := os.Stat(o.Dir); err == nil && !o.Resume {
		return nil, BadInput{fmt.Errorf("%s exists: name another directory with -out, or resume that run: memproof run -resume %s", o.Dir, o.Dir)}
	}
	defer func() {
		measured := run != nil && len(run.Trials) > 0
		err = classify(err, measured)
		failed := errors.As(err, new(experiment.ServiceFailure))
		switch {
		case err != nil && !measured && !o.Resume:
			err = errors.Join(err, os.RemoveAll(o.Dir), o.member.measuredNothing(failed))
		case failed:
			err = errors.Join(err, o.member.end(verdict.Failed))
		}
	}()
	root, err := moduleRoot()
	if err != nil {
		return nil, BadInput{err}
	}
	if o.Resume {
		lock, err := lockRun(o.Dir)
		if err != nil {
			return nil, err
		}
		defer lock.Close()
	}
	watch := newProgress(o.Progress, o.Out, sc)
	defer watch.close()
	defer watch.noteInterrupt(ctx)()
	session, err := engine.Open(ctx, o.Engine, sc, engine.Options{Root: root, Dir: o.Dir, Log: watch.note})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	facts := machineFacts(session.Facts())
	if err := o.joinStudy(sc, facts, session.MoveLogs); err != nil {
		return nil, err
	}
	if run, err = o.openDir(sc, facts); err != nil {
		return nil, err
	}
	if !o.Resume {
		lock, err := lockRun(o.Dir)
		if err != nil {
			return nil, err
		}
		defer lock.Close()
	}
	return run, experiment.Conduct(ctx, design.Of(run), run, experiment.Rig{
		Facts:    run.Meta.Machine,
		Discard:  session.Capabilities().ChargesCaches,
		Settle:   settle,
		Quiet:    hostinfo.Probe,
		Programs: otherPrograms(session),
		Start:    session.Start,
		Load:     generator.Drive,
		Now:      time.Now,
		Sleep:    sleep,
		Progress: watch.event,
	})
}

// lockRun keeps a second process from measuring the same run.
func lockRun(dir string) (io.Closer, error) {
	lock, err := record.LockRun(dir)
	if errors.Is(err, files.ErrLocked) {
		return nil, BadInput{fmt.Errorf("%s is being measured by another process: wait until that has ended", dir)}
	}
	return lock, err
}

// classify makes an error BadInput if nothing was measured, or if the machine cannot
// measure on. The failure of a service stays what it is.
func classify(err error, measured bool) error {
	service, machine := errors.As(err, new(experiment.ServiceFailure)), errors.As(err, new(metric.Unmeasurable))
	if err == nil || service || measured && !machine {
		return err
	}
	return BadInput{err}
}

// settle is longer than the longest time without a reading of PSS that the sampler
// allows itself, ten seconds.
const settle = 15 * time.Second

// otherPrograms watches the programs of this machine that do not belong to the session,
// for [experiment.Rig.Programs]. The list is empty if they cannot be read.
func otherPrograms(s *engine.Session) func() func() []metric.ProgramCPU {
	return func() func() []metric.ProgramCPU {
		before, err := hostinfo.ReadPrograms("/proc")
		return func() (used []metric.ProgramCPU) {
			if err == nil {
				used, err = before.Since(s.Owns())
			}
			if err != nil {
				return nil
			}
			return used
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

// Judge judges a run directory and writes the verdict to it.
func Judge(run *record.Run) (*verdict.Verdict, error) {
	v, err := verdict.Judge(run)
	if err != nil {
		return nil, err
	}
	return v, v.Write(run.Dir)
}

// Report judges a run directory, writes the verdict and the report to it and prints the
// closing lines.
func Report(out io.Writer, run *record.Run) (*verdict.Verdict, error) {
	v, err := Judge(run)
	if err != nil {
		return nil, err
	}
	if err := report.Write(run, v); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "report: %s\n", filepath.Join(run.Dir, "report.md"))
	return v, report.Closing(out, v)
}
