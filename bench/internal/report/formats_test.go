package report

import (
	"bytes"
	"compress/gzip"
	"encoding"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/attribution"
	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/sensitivity"
	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

// formats are the types that a run or a study writes as JSON, by the heading of
// reports/README.md whose table lists their keys. A type with a heading of its own is one
// key in the tables of the others.
var formats = map[string]reflect.Type{
	"`run.json`":                reflect.TypeFor[record.Meta](),
	"`trials/bNN.json`":         reflect.TypeFor[record.BlockPlan](),
	"`trial.json`":              reflect.TypeFor[record.Trial](),
	"A reading of the machine":  reflect.TypeFor[metric.Noise](),
	"`stopped.json`":            reflect.TypeFor[record.Stopped](),
	"A reason":                  reflect.TypeFor[metric.Reason](),
	"`samples.jsonl.gz`":        reflect.TypeFor[metric.Sample](),
	"`verdict.json`":            reflect.TypeFor[verdict.Verdict](),
	"An effect":                 reflect.TypeFor[comparison.Effect](),
	"`claims[]`":                reflect.TypeFor[verdict.ClaimVerdict](),
	"`controls[]`":              reflect.TypeFor[verdict.ControlVerdict](),
	"`variants[]`":              reflect.TypeFor[verdict.Summary](),
	"`trials[]`":                reflect.TypeFor[measure.TrialResult](),
	"`replications[]`":          reflect.TypeFor[verdict.Replication](),
	"`attribution`":             reflect.TypeFor[attribution.Attribution](),
	"`sensitivity`":             reflect.TypeFor[sensitivity.Sensitivity](),
	"An answer":                 reflect.TypeFor[sensitivity.Answer](),
	"`verdict.json` of a study": reflect.TypeFor[study.Verdict](),
}

// TestFormatsAreDescribed: reports/README.md lists each key of each file, and no other.
func TestFormatsAreDescribed(t *testing.T) {
	t.Parallel()
	tables := readTables(t)
	for heading, of := range formats {
		tables.compare(t, heading, keysOf(of, "", true))
	}
	tables.compare(t, "`study.jsonl`", journalKeys(t))
	tables.compare(t, "`hits.csv.gz`", hitColumns(t))
}

// TestFiguresAreDescribed: each metric has a formula, and each code a row.
func TestFiguresAreDescribed(t *testing.T) {
	t.Parallel()
	tables := readTables(t)
	rows := tables["The figures of a trial, exactly"]
	for _, d := range metric.Definitions() {
		if !slices.ContainsFunc(rows, func(row string) bool { return row == string(d.Name) || matches(row, string(d.Name)) }) {
			t.Errorf("%s has no formula", d.Name)
		}
	}
	for _, code := range codes(t) {
		if !slices.Contains(tables["Codes"], code) {
			t.Errorf("the code %s is not described", code)
		}
	}
}

// TestMissingKeyIsFound: the check is red for a key without a row, and for a row without a
// key.
func TestMissingKeyIsFound(t *testing.T) {
	t.Parallel()
	known := []string{"a", "b[].c", "b[].d"}
	for text, want := range map[string]string{
		"# X\n| `a` | |\n| `b[].c`, `b[].d` | |":  "",
		"# X\n| `a` | |\n| `b[].c` | |":           "b[].d",
		"# X\n| `a`, `b[].c`, `b[].d`, `e` | |":   "e",
		"# X\n| `a`, `b[]` | |\n# Y\n| `b[].c` |": "b[].c b[].d",
	} {
		if got := strings.Join(difference(known, tablesOf(text)["X"]), " "); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
	type inner struct {
		C int `json:"c"`
	}
	type outer struct {
		inner
		B  []*inner          `json:"b"`
		M  map[string]string `json:"m"`
		At time.Time         `json:"at"`
		No int               `json:"-"`
	}
	if got := strings.Join(keysOf(reflect.TypeFor[outer](), "", true), " "); got != "c b[].c m.* at" {
		t.Errorf("keys %s", got)
	}
}

// tables are the names in the first cells of the tables below each heading, in backticks.
type tables map[string][]string

func readTables(t *testing.T) tables {
	t.Helper()
	text, err := os.ReadFile("../../../reports/README.md")
	reporttest.Check(t, err)
	return tablesOf(string(text))
}

var backticked = regexp.MustCompile("`([^`]+)`")

func tablesOf(text string) tables {
	all, heading := tables{}, ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			heading = strings.TrimSpace(title)
		}
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for _, found := range backticked.FindAllStringSubmatch(cells[1], -1) {
			all[heading] = append(all[heading], found[1])
		}
	}
	return all
}

func (all tables) compare(t *testing.T, heading string, keys []string) {
	t.Helper()
	for _, key := range difference(keys, all[heading]) {
		t.Errorf("reports/README.md, %s: %s is a key or a row, not both", heading, key)
	}
}

// difference returns the keys without a row, and the rows without a key. A row may stand
// for a list whose elements have rows of their own.
func difference(keys, rows []string) (odd []string) {
	for _, key := range keys {
		if !slices.Contains(rows, key) {
			odd = append(odd, key)
		}
	}
	for _, row := range rows {
		known := func(key string) bool { return key == row || strings.HasPrefix(key, row+".") }
		if !slices.ContainsFunc(keys, known) {
			odd = append(odd, row)
		}
	}
	return odd
}

// keysOf returns the keys of the type's JSON: a.b for an object in an object, a[] for the
// elements of a list, a.* where any name may stand.
func keysOf(of reflect.Type, prefix string, own bool) []string {
	switch {
	case of.Kind() == reflect.Pointer:
		return keysOf(of.Elem(), prefix, own)
	case of.Kind() == reflect.Slice:
		return keysOf(of.Elem(), prefix+"[]", false)
	case of.Kind() == reflect.Map:
		return []string{prefix + ".*"}
	case of.Kind() != reflect.Struct, of.Implements(reflect.TypeFor[encoding.TextMarshaler]()), !own && hasHeading(of):
		return []string{prefix}
	}
	var keys []string
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-", name == "" && !f.Anonymous && !f.IsExported():
		case name == "" && f.Anonymous:
			if !hasHeading(f.Type) {
				keys = append(keys, keysOf(f.Type, prefix, true)...)
			}
		case name == "": // a type of another package, with Go's names as keys
			return []string{prefix + ".*"}
		default:
			keys = append(keys, keysOf(f.Type, strings.TrimPrefix(prefix+"."+name, "."), false)...)
		}
	}
	return keys
}

func hasHeading(of reflect.Type) bool {
	for _, known := range formats {
		if known == of {
			return true
		}
	}
	return false
}

// journalKeys returns the keys of the lines of a study's journal.
func journalKeys(t *testing.T) []string {
	t.Helper()
	s, err := record.BeginStudy(t.TempDir(), "", record.StudyMeta{})
	reporttest.Check(t, err)
	_, err = s.StartRun("")
	reporttest.Check(t, err)
	reporttest.Check(t, s.EndRun(1, "PROVEN"))
	text, err := os.ReadFile(s.Journal)
	reporttest.Check(t, err)
	kinds := map[string]reflect.Type{
		"began": reflect.TypeFor[record.StudyMeta](), "started": reflect.TypeFor[record.Start](), "ended": reflect.TypeFor[record.End](),
	}
	var keys []string
	for line := range bytes.Lines(text) {
		var entry map[string]any
		reporttest.Check(t, json.Unmarshal(line, &entry))
		for key := range entry {
			if of, ok := kinds[key]; ok {
				keys = append(keys, keysOf(of, key, true)...)
			} else if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// hitColumns returns the header of a file of hits.
func hitColumns(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), record.HitsFile)
	w, err := record.CreateHits(path)
	reporttest.Check(t, err)
	reporttest.Check(t, w.Close())
	f, err := os.Open(path)
	reporttest.Check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	reporttest.Check(t, err)
	text, err := io.ReadAll(z)
	reporttest.Check(t, err)
	return strings.Split(strings.TrimSpace(string(text)), ",")
}

// matches reports whether the name fits the pattern, in which a * stands for any text.
func matches(pattern, name string) bool {
	before, after, open := strings.Cut(pattern, "*")
	return open && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}

// codes returns the codes of reasons from their source: constants have no list.
func codes(t *testing.T) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../metric/reason.go", nil, 0)
	reporttest.Check(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if of, ok := v.Type.(*ast.Ident); ok && of.Name == "Code" {
				code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				reporttest.Check(t, err)
				all = append(all, code)
			}
		}
		return true
	})
	if len(all) < 20 {
		t.Fatalf("%d codes were found", len(all))
	}
	return all
}
