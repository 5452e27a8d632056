package report

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

// craftedRun holds the uncompressed files of a small run, by name, for a test to change.
type craftedRun map[string][]byte

func smallFiles(t testing.TB) craftedRun {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	reporttest.Small().Write(t, dir)
	files := craftedRun{}
	reporttest.Check(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".gz") {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
				text, err = io.ReadAll(z)
			}
		}
		name, _ := filepath.Rel(dir, path)
		files[name] = text
		return err
	}))
	return files
}

// holds reports whether a file of that name contains the text.
func (c craftedRun) holds(file, text string) bool {
	for name, is := range c {
		if filepath.Base(name) == file && bytes.Contains(is, []byte(text)) {
			return true
		}
	}
	return false
}

// write lays the run out with one text replaced in all files of that name.
func (c craftedRun) write(t testing.TB, dir, file, old, new string) {
	t.Helper()
	for name, text := range c {
		if filepath.Base(name) == file && old != "" {
			text = bytes.ReplaceAll(text, []byte(old), []byte(new))
		}
		if name == "run.json" { // a forged directory has a forged hash
			text = scenarioHash.ReplaceAll(text, []byte(`"scenario_sha256": ""`))
		}
		path := filepath.Join(dir, name)
		reporttest.Check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if strings.HasSuffix(name, ".gz") {
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			_, err := w.Write(text)
			reporttest.Check(t, err)
			reporttest.Check(t, w.Close())
			text = z.Bytes()
		}
		reporttest.Check(t, os.WriteFile(path, text, 0o644))
	}
}

var scenarioHash = regexp.MustCompile(`"scenario_sha256": "[0-9a-f]*"`)

// crafted are files of a run directory and the text to put into them.
var crafted = []struct{ file, old, new string }{
	{"trial.json", `"offered":240`, `"offered":18446744073709551615`},
	{"trial.json", `"block":2`, `"block":1`},
	{"trial.json", `"block":2`, `"block":-9223372036854775808`},
	{"trial.json", `"block":2`, `"block":1000000000`},
	{"trial.json", `"position":1`, `"position":99`},
	{"trial.json", `"variant":"after"`, `"variant":"../../../etc"`},
	{"trial.json", `2025-03`, `0000-03`},
	{"trial.json", `2025-03`, `9999-03`},
	{"trial.json", `"name":"window","from":"2025`, `"name":"window","from":"2026`},
	{"trial.json", `"cpu_seconds":0`, `"cpu_seconds":1e308`},
	{"trial.json", `"before":null`, `"before":{"service.a|<b>\u001b[2J":1e308}`},
	{"trial.json", `"after":null`, `"after":{"service.a|<b>\u001b[2J":-1e308,"service.%s%d":1}`},
	{"samples.jsonl.gz", `"anon":`, `"anon":1`},
	{"samples.jsonl.gz", `"version":2`, `"version":2,"oom_kills":18446744073709551615,"throttled":-1e308`},
	{"samples.jsonl.gz", `2025-03`, `9999-03`},
	{"samples.jsonl.gz", `"pid":`, `"pid":-9`},
	{"samples.jsonl.gz", `"kernel":`, `"kernel":null,"x":`},
	{"samples.jsonl.gz", "\n", "\n\n"},
	{"hits.csv.gz", ",200,", ",99999999999999,"},
	{"hits.csv.gz", "\n1,", "\n18446744073709551615,"},
	{"hits.csv.gz", "\n1,", "\n9223372036854775807,"},
	{"hits.csv.gz", "0000000,", "9223372036854775807,"},
	{"scenario.yaml", "name: small", "name: \"\x1b[2J\""},
	{"scenario.yaml", "rate: 50/s", "rate: 1e300/s"},
	{"scenario.yaml", "for: 4s", "for: 2500000h"},
	{"scenario.yaml", "Half of it", "\u202e| <script>alert(1)</script> [x](javascript:y)\x1b[31m"},
	{"scenario.yaml", "at_least: 50%", "at_least: -1e308%"},
	{"run.json", `"format": `, `"format": -`},
	{"run.json", `"format": 5`, `"format": 1`},
	{"run.json", `"format": 5`, `"format": 2`},
	{"run.json", `"kernel"`, `"a|b <i>\u001b]0;x\u0007"`},
	{"run.json", `"began": "2025`, `"began": "0000`},
}

// followed runs what the commands run on a directory.
func followed(t testing.TB, dir string, other *record.Run, pictures bool) (shown string) {
	t.Helper()
	run, err := record.OpenRun(dir)
	if err != nil {
		return err.Error()
	}
	v, err := verdict.Judge(run)
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	reporttest.Check(t, Closing(&out, v))
	against, err := study.SideOf(other)
	if err == nil {
		_, err = study.Compare(study.Side{Dir: run.Dir, Runs: []study.JudgedRun{{Run: run, Verdict: v}}}, against)
	}
	if err != nil {
		out.WriteString(err.Error())
	}
	if err := v.Write(dir); err != nil {
		return out.String() + err.Error()
	}
	m := view.Of(run, v)
	if text, err := markdown.Page.Write(m); err == nil {
		out.Write(text)
	}
	if pictures {
		if err := Write(run, v); err != nil {
			out.WriteString(err.Error())
		}
	}
	return out.String()
}

// TestCraftedRun: a forged directory ends in a message or in a report, without its
// control characters and markup.
func TestCraftedRun(t *testing.T) {
	files, dir := smallFiles(t), filepath.Join(t.TempDir(), "as-it-was")
	files.write(t, dir, "", "", "")
	other, err := record.OpenRun(dir)
	reporttest.Check(t, err)
	for _, c := range crafted {
		if !files.holds(c.file, c.old) {
			t.Errorf("no %s holds %q, which is to be replaced", c.file, c.old)
		}
		dir := filepath.Join(t.TempDir(), "run")
		files.write(t, dir, c.file, c.old, c.new)
		shown := followed(t, dir, other, true)
		if strings.ContainsFunc(shown, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\u202e' }) {
			t.Errorf("%s, %q for %q: shows %.300q", c.file, c.new, c.old, shown)
		}
		if strings.Contains(shown, "<script") || strings.Contains(shown, "<i>") || strings.Contains(shown, "<b>") {
			t.Errorf("%s, %q for %q: shows markup", c.file, c.new, c.old)
		}
	}
}

// TestCraftedRunIsNoRegularFile: a pipe in the place of a file does not block.
func TestCraftedRunIsNoRegularFile(t *testing.T) {
	files := smallFiles(t)
	for _, name := range []string{"run.json", "scenario.yaml", "hits.csv.gz", "trial.json"} {
		dir := filepath.Join(t.TempDir(), "run")
		files.write(t, dir, "", "", "")
		path := ""
		for file := range files {
			if filepath.Base(file) == name {
				path = filepath.Join(dir, file)
			}
		}
		reporttest.Check(t, os.Remove(path))
		reporttest.Check(t, os.Symlink(os.DevNull, path))
		run, err := record.OpenRun(dir)
		if err == nil {
			_, err = verdict.Judge(run)
		}
		if err == nil || !strings.Contains(err.Error(), "want a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCraftedRun changes a text in one of a run's files.
func FuzzCraftedRun(f *testing.F) {
	files, dir := smallFiles(f), filepath.Join(f.TempDir(), "as-it-was")
	files.write(f, dir, "", "", "")
	other, err := record.OpenRun(dir)
	reporttest.Check(f, err)
	names := []string{"trial.json", "samples.jsonl.gz", "hits.csv.gz", "scenario.yaml", "run.json"}
	for _, c := range crafted {
		for i, name := range names {
			if name == c.file {
				f.Add(uint8(i), c.old, c.new)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, old, new string) {
		dir := filepath.Join(t.TempDir(), "run")
		files.write(t, dir, names[int(which)%len(names)], old, new)
		followed(t, dir, other, false)
	})
}
