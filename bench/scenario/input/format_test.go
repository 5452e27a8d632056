package input

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario/load"
)

// TestAddedFormat: a line of the table is all that a format takes.
func TestAddedFormat(t *testing.T) {
	urls := format[func([]byte, readFile) ([]load.Target, error)]{
		name: "a URL a line",
		is:   func(text []byte) bool { return bytes.HasPrefix(text, []byte("http://")) },
		read: func(text []byte, _ readFile) (all []load.Target, err error) {
			err = load.EachLine(text, func(line []byte) error {
				target, err := load.NewTarget("GET", string(bytes.TrimSpace(line)), nil, nil)
				all = append(all, target)
				return err
			})
			return all, err
		},
	}
	before := targetFormats
	t.Cleanup(func() { targetFormats = before })
	targetFormats = append(slices.Clone(before[:1]), urls, before[1])
	all, err := ReadTargets([]byte("http://x/1\nhttp://x/2\n"), nil)
	if err != nil || len(all) != 2 || all[1].Path != "/2" {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := ReadTargets([]byte("GET http://x/1\n"), nil); err != nil || len(all) != 1 {
		t.Errorf("the format after it: %+v, %v", all, err)
	}
}

// TestFormatIsNamed: an error says what the text was taken for.
func TestFormatIsNamed(t *testing.T) {
	for text, want := range map[string]string{"{": "a JSON object a line", "get /": "HTTP requests"} {
		if _, err := ReadTargets([]byte(text), nil); err == nil || !strings.HasSuffix(err.Error(), "(read as "+want+")") {
			t.Errorf("%q: %v, want that it was read as %s", text, err, want)
		}
	}
	if _, err := ReadTrace(strings.NewReader("soon")); err == nil || !strings.HasSuffix(err.Error(), "(read as lines of offset_seconds[,target])") {
		t.Errorf("a trace: %v", err)
	}
	if _, err := ReadAccessLog(strings.NewReader("{}"), nil); err == nil || !strings.HasSuffix(err.Error(), "(read as a JSON object a line)") {
		t.Errorf("a log: %v", err)
	}
}
