package runner

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

func parsed(t *testing.T, oldnew ...string) *scenario.Scenario {
	t.Helper()
	oldnew = append([]string{"blocks: 6", "blocks: 3"}, oldnew...) // enough, and half the time
	sc, err := scenario.ParseScenario("s.yaml", []byte(strings.NewReplacer(oldnew...).Replace(fakerig.Text)))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// studied adds a run to the study as Run does, with a machine without processes.
func studied(t *testing.T, o StudyOptions, facts map[string]string, f *fakerig.Rig, oldnew ...string) (*membership, *study.Verdict) {
	t.Helper()
	sc := parsed(t, oldnew...)
	m, err := o.findStudy(sc)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := m.join(sc, facts, "v1")
	if err != nil {
		t.Fatal(err)
	}
	run, err := record.CreateRun(dir, sc.Copy(), record.Meta{Run: m.start.Number, Seed: m.start.Seed, Start: m.start.Line, Machine: facts})
	if err != nil {
		t.Fatal(err)
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); err != nil {
		t.Fatal(err)
	}
	v, err := Judge(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.end(v.Outcome); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	s, err := JudgeStudy(&out, m.study, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	return m, s
}

var builds = map[string]string{
	"binary.variant.a": "sha256:aa", "image.variant.a": "sha256:1", "image.variant.b": "sha256:2", "context.variant.b": "sha256:cc",
	"binary.sampler": "sha256:ss", "kernel": "6.1",
}

// TestStudyOfRuns: three runs of one scenario are one study, each with its own seed and
// order; the third predicts.
func TestStudyOfRuns(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	orders := map[string]bool{}
	for n := 1; n <= 3; n++ {
		f := fakerig.New()
		f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
			return x * (1 + 0.001*float64((p.Block*p.Position)%4))
		}
		m, s := studied(t, o, builds, f)
		run, err := record.OpenRun(m.study.RunDir(n))
		if err != nil {
			t.Fatal(err)
		}
		var order strings.Builder
		for _, trial := range run.Trials {
			order.WriteString(trial.Variant + " ")
		}
		orders[order.String()] = true
		if run.Meta.Run != n || len(s.Runs) != n || m.dir != o.Dir {
			t.Errorf("run %d in %s, of %d", run.Meta.Run, m.dir, len(s.Runs))
		}
		want := map[int]verdict.Outcome{1: verdict.Inconclusive, 2: verdict.Proven, 3: verdict.Proven}[n]
		if predicted := s.Claims[0].Predicted != nil; s.Outcome != want || predicted != (n == 3) {
			t.Errorf("after %d runs: %s (%s), predicted %v", n, s.Outcome, s.Because, predicted)
		}
	}
	if len(orders) != 3 {
		t.Errorf("%d orders of arms in three runs", len(orders))
	}
	page, err := os.ReadFile(filepath.Join(o.Dir, "report.md"))
	if err != nil || !strings.Contains(string(page), "](run-03/report.md)") {
		t.Errorf("%v\n%s", err, page)
	}
}

// TestStudyThatBegins: what is measured decides which study a run belongs to.
func TestStudyThatBegins(t *testing.T) {
	rebuilt, other, sampler := maps.Clone(builds), maps.Clone(builds), maps.Clone(builds)
	rebuilt["image.variant.a"], rebuilt["image.variant.b"] = "sha256:8", "sha256:9"
	other["binary.variant.a"] = "sha256:bb"
	readme, moved := maps.Clone(builds), maps.Clone(rebuilt)
	readme["context.variant.b"], moved["context.variant.b"] = "sha256:dd", "sha256:dd"
	sampler["binary.sampler"], sampler["kernel"] = "sha256:tt", "6.2"
	for name, tt := range map[string]struct {
		facts   map[string]string
		oldnew  []string
		new     bool
		changed string // empty: it joins the first study
	}{
		"nothing changed":             {builds, nil, false, ""},
		"images were rebuilt":         {rebuilt, nil, false, ""},
		"a file that is not copied":   {readme, nil, false, ""},
		"what an image is built from": {moved, nil, false, "the program of b: sha256:dd, was sha256:cc"},
		"memproof and machine differ": {sampler, nil, false, ""},
		"a statement was reworded":    {builds, []string{"it takes less", "it takes much less"}, false, ""},
		"a bound moved":               {builds, []string{"at_least: 50%", "at_least: 45%"}, false, "claims.less.reduction.at_least: 45.0%, was 50.0%"},
		"the window is longer":        {builds, []string{"for: 10s", "for: 12s"}, false, "load.phases.window.for: 12s, was 10s"},
		"a variant was changed":       {other, nil, false, "the program of a: sha256:bb, was sha256:aa"},
		"another study is asked for":  {builds, nil, true, "nothing that is measured"},
	} {
		t.Run(name, func(t *testing.T) {
			o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
			studied(t, o, builds, fakerig.New())
			o.New = tt.new
			m, _ := studied(t, o, tt.facts, fakerig.New(), tt.oldnew...)
			if tt.changed == "" {
				if m.dir != o.Dir || m.start.Number != 2 {
					t.Errorf("run %d of %s", m.start.Number, m.dir)
				}
				return
			}
			page, err := os.ReadFile(filepath.Join(o.Dir+"-2", "report.md"))
			if m.dir != o.Dir+"-2" || m.start.Number != 1 || m.study.Succeeds != "fake" || err != nil || !strings.Contains(strings.ReplaceAll(string(page), `\_`, "_"), tt.changed) {
				t.Errorf("run %d of %s after %q: %v\n%s", m.start.Number, m.dir, m.study.Succeeds, err, page)
			}
		})
	}
}

// TestStudyRefuses: a folder with something else in it, and a journal that was changed.
func TestStudyRefuses(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	if err := os.MkdirAll(filepath.Join(o.Dir, "trials"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := o.findStudy(parsed(t)); !errors.As(err, new(BadInput)) {
		t.Errorf("a folder of another thing: %v", err)
	}
	o.Dir = filepath.Join(t.TempDir(), "fake")
	m, _ := studied(t, o, builds, fakerig.New())
	text, err := os.ReadFile(m.study.Journal)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.study.Journal, []byte(strings.Replace(string(text), `"run":1`, `"run": 1`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := o.findStudy(parsed(t)); !errors.As(err, new(record.BrokenJournal)) {
		t.Errorf("a changed journal: %v", err)
	}
}

// TestStudyKeepsWhatIsDeleted: a run whose folder was deleted stays a start, and one that
// measured nothing leaves no study behind.
func TestStudyKeepsWhatIsDeleted(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	m, _ := studied(t, o, builds, fakerig.New())
	if err := os.RemoveAll(m.study.RunDir(1)); err != nil {
		t.Fatal(err)
	}
	_, s := studied(t, o, builds, fakerig.New())
	if len(s.Runs) != 2 || s.Runs[0].Missing != "was deleted" || len(s.Claims[0].Runs) != 1 || s.Outcome != verdict.Inconclusive {
		t.Errorf("%+v", s)
	}

	o.Dir = filepath.Join(t.TempDir(), "other")
	sc := parsed(t)
	m, err := o.findStudy(sc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.join(sc, builds, "v1"); err != nil {
		t.Fatal(err)
	}
	if err := m.measuredNothing(false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(o.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a study of no run is left: %v", err)
	}
}

// TestStudyOfAServiceThatDoesNotStart: in a later run it measured nothing and is a
// finding all the same.
func TestStudyOfAServiceThatDoesNotStart(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	studied(t, o, builds, fakerig.New())
	sc := parsed(t)
	m, err := o.findStudy(sc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.join(sc, builds, "v1"); err != nil {
		t.Fatal(err)
	}
	if err := m.measuredNothing(true); err != nil {
		t.Fatal(err)
	}
	s, err := JudgeStudy(&strings.Builder{}, m.study, nil)
	if err != nil || s.Outcome != verdict.Failed || s.Runs[1].Outcome != verdict.Failed {
		t.Errorf("%+v, %v", s, err)
	}
}
