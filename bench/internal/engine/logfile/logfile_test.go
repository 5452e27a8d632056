package logfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// TestRedacting: a secret is replaced however a program cuts it up, and nothing but
// what may be the beginning of one waits for more.
func TestRedacting(t *testing.T) {
	sc := &scenario.Scenario{}
	sc.Hide("hush-value", "***")
	sc.Hide("hush-value-longer", "+++")
	const text = "ready hush-value, hush-value-longer and hush-va\nhush-hush-value\nthe last hus"
	const want = "ready ***, +++ and hush-va\nhush-***\nthe last hus"
	for size := 1; size <= len(text); size++ {
		var out buffer
		w := Redacting(&out, sc)
		for at := 0; at < len(text); at += size {
			if _, err := io.WriteString(w, text[at:min(len(text), at+size)]); err != nil {
				t.Fatal(err)
			}
			if at == 0 && size == 5 && out.String() != "ready" {
				t.Errorf("%q was held back", "ready"[out.Len():])
			}
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("in pieces of %d: %q, %v; want %q", size, out.String(), err, want)
		}
	}
	var plain buffer
	if w := Redacting(&plain, &scenario.Scenario{}); w != io.WriteCloser(&plain) {
		t.Error("a log is wrapped although there is no secret")
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintln(&many, "line", i)
	}
	cases := []struct{ name, text, first, last string }{
		{"empty", "", "", ""},
		{"one line", "only", "only", "only"},
		{"few lines", "a\nb\n", "a", "b"},
		{"many lines", many.String(), "line 80", "line 99"},
		{"long lines", strings.Repeat(strings.Repeat("x", 3000)+"\n", 5) + "end\n", strings.Repeat("x", 3000), "end"},
		{"one endless line", strings.Repeat("x", 3*tailBytes), strings.Repeat("x", tailBytes), strings.Repeat("x", tailBytes)},
		{"no text", "a\xff\nb", "a\uFFFD", "b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			write(c.text)
			got, err := Tail(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(got, "\n")
			if lines[0] != c.first || lines[len(lines)-1] != c.last || len(lines) > tailLines {
				t.Errorf("%d lines, from %.40q to %.40q", len(lines), lines[0], lines[len(lines)-1])
			}
		})
	}
	write("")
	if got := QuoteTail(path); got != "; it wrote nothing" {
		t.Errorf("%q", got)
	}
	if got := QuoteTail(path + "x"); !strings.Contains(got, "can't be read") {
		t.Errorf("%q", got)
	}
}
