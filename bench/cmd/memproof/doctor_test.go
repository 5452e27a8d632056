package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/memproof/memproof/bench/internal/doctor"
)

func TestPrintChecks(t *testing.T) {
	var out strings.Builder
	err := printChecks(&out, []doctor.Check{
		{Name: "PSI", State: doctor.StateOK, Found: "there"},
		{Name: "swap", State: doctor.StateWarn, Found: "1.00 GB of 2.00 GB used", Means: strings.Repeat("a few words ", 9), Remedy: "swapoff"},
		{Name: "docker", State: doctor.StateFail, Found: "no Docker daemon answers", Remedy: strings.Repeat("start it ", 12)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `ok    PSI           there
warn  swap          1.00 GB of 2.00 GB used: a few words a few words a few words a few words a few
                    words a few words a few words a few words a few words
                    → swapoff
fail  docker        no Docker daemon answers
                    → start it start it start it start it start it start it start it start it start
                      it start it start it start it
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
	for l := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > 100 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestPrintChecksReportsAFullDisk(t *testing.T) {
	if err := printChecks(full{}, []doctor.Check{{Name: "x", State: doctor.StateOK}}); err == nil {
		t.Error("no error, and nothing was written")
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"one", []string{"one"}},
		{"one two three", []string{"one two", "three"}},
		{"  spaced   out ", []string{"spaced", "out"}},
		{"averylongword is one", []string{"averylongword", "is one"}},
		{"µµµµ µµµ", []string{"µµµµ µµµ"}}, // characters, not bytes
	}
	for _, tt := range tests {
		if got := wrap(tt.text, "", "", 8); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestColours: each state has its own, and only a terminal gets them.
func TestColours(t *testing.T) {
	if wantsColour(&strings.Builder{}) {
		t.Error("a file gets colours")
	}
	seen := map[string]bool{}
	for _, s := range []doctor.State{doctor.StateOK, doctor.StateWarn, doctor.StateFail} {
		if seen[colours[s]] || colours[s] == "" {
			t.Errorf("%s has colour %q", s, colours[s])
		}
		seen[colours[s]] = true
	}
}

func TestAnyFails(t *testing.T) {
	for state, want := range map[doctor.State]bool{doctor.StateOK: false, doctor.StateWarn: false, doctor.StateFail: true} {
		if anyFails([]doctor.Check{{State: doctor.StateOK}, {State: state}}) != want {
			t.Errorf("with %s: %t", state, !want)
		}
	}
}
