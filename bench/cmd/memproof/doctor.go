package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/scenario"
)

// doctorCommand exits with 0 where nothing fails, else with that of bad input.
func doctorCommand(ctx context.Context, args []string, out, errOut io.Writer) (int, error) {
	kind := engine.Auto
	fs := newFlags("doctor", errOut)
	fs.TextVar(&kind, "engine", engine.Auto, "what would start the variants: "+engineNames())
	asJSON := fs.Bool("json", false, "print a JSON list, for machines")
	rest, err := parse(fs, args)
	if err != nil {
		return 0, err
	}
	var sc *scenario.Scenario
	switch len(rest) {
	case 0:
	case 1:
		if sc, err = runner.ReadScenario(rest[0]); err != nil {
			return 0, runner.BadInput{Err: err}
		}
	default:
		return 0, badInput("doctor takes one scenario, or none")
	}
	checks, err := runner.Doctor(ctx, sc, kind, "reports")
	if err != nil {
		return 0, err
	}
	if *asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(checks)
	} else {
		err = printChecks(out, checks)
	}
	if err != nil || failing(checks) {
		return exitBadInput, err
	}
	return 0, nil
}

// examine is the doctor before a run: it prints what is not as it should be and
// refuses a machine that can't run it.
func examine(ctx context.Context, o runner.Options, errOut io.Writer) error {
	checks, err := o.Examine(ctx)
	if err != nil {
		return err
	}
	bad := slices.DeleteFunc(slices.Clone(checks), func(c doctor.Check) bool { return c.State == doctor.StateOK })
	if err := printChecks(errOut, bad); err != nil {
		return err
	}
	if failing(checks) {
		return runner.BadInput{Err: errors.New("this machine can't do the run: see what fails above, or memproof doctor for all of it")}
	}
	return nil
}

func failing(checks []doctor.Check) bool {
	return slices.ContainsFunc(checks, func(c doctor.Check) bool { return c.State == doctor.StateFail })
}

// The columns of the doctor's lines.
const (
	pageWidth  = 100
	stateWidth = len("warn  ")
	nameWidth  = len("smaps_rollup  ")
)

// printChecks prints each check on as many lines as it needs.
func printChecks(w io.Writer, checks []doctor.Check) error {
	var page strings.Builder
	paint := painter(w)
	for _, c := range checks {
		text := c.Found
		if c.Means != "" {
			text += ": " + c.Means
		}
		lines := wrap(printable.Line(text), pageWidth-stateWidth-nameWidth)
		if c.Remedy != "" {
			for i, l := range wrap(printable.Line(c.Remedy), pageWidth-stateWidth-nameWidth-2) {
				lines = append(lines, []string{"→ ", "  "}[min(i, 1)]+l)
			}
		}
		fmt.Fprintf(&page, "%s%-*s%s\n", paint(c.State, fmt.Sprintf("%-*s", stateWidth, c.State)), nameWidth, c.Name, lines[0])
		for _, l := range lines[1:] {
			fmt.Fprintf(&page, "%*s%s\n", stateWidth+nameWidth, "", l)
		}
	}
	_, err := io.WriteString(w, page.String())
	return err
}

// wrap breaks a text at spaces into lines of at most so many characters; a
// longer word has a line of its own. There is always a first line.
func wrap(text string, width int) []string {
	lines, used := []string{""}, 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		last := len(lines) - 1
		switch {
		case used == 0:
			lines[last], used = word, n
		case used+1+n <= width:
			lines[last], used = lines[last]+" "+word, used+1+n
		default:
			lines, used = append(lines, word), n
		}
	}
	return lines
}

// painter colours a state on a terminal that wants it (https://no-color.org).
func painter(w io.Writer) func(doctor.State, string) string {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return func(_ doctor.State, text string) string { return text }
	}
	return coloured
}

func coloured(s doctor.State, text string) string {
	colour := map[doctor.State]string{doctor.StateOK: "32", doctor.StateWarn: "33", doctor.StateFail: "31"}[s]
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// engineNames lists the values of -engine; the first is the placeholder in its help.
func engineNames() string {
	return strings.Replace(engine.Names(), string(engine.Auto), "`"+string(engine.Auto)+"`", 1)
}
