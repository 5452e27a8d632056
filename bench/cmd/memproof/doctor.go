package main

import (
	"context"
	"encoding/json"
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

// doctorCommand exits with the status of bad input if a check fails.
func doctorCommand(ctx context.Context, c *invocation) (int, error) {
	var name engine.Name
	c.TextVar(&name, "engine", engine.Auto, "what would start the variants: "+engineNames())
	asJSON := c.Bool("json", false, "print a JSON list, for machines")
	args, err := c.parse("one scenario, or none", 0, 1)
	if err != nil {
		return 0, err
	}
	var sc *scenario.Scenario
	if len(args) == 1 {
		if sc, err = runner.ReadScenario(args[0]); err != nil {
			return 0, runner.BadInput{Err: err}
		}
	}
	checks, err := runner.Doctor(ctx, sc, name, "reports")
	if err != nil {
		return 0, err
	}
	if *asJSON {
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		err = e.Encode(checks)
	} else {
		err = printChecks(c.out, checks)
	}
	if err != nil || anyFails(checks) {
		return exitBadInput, err
	}
	return 0, nil
}

// examine checks the machine before a run. It prints what is not ok and refuses a
// machine that cannot do the run.
func examine(ctx context.Context, o runner.Options, errOut io.Writer) error {
	checks, err := o.Examine(ctx)
	if err != nil {
		return err
	}
	checks = slices.DeleteFunc(checks, func(c doctor.Check) bool { return c.State == doctor.StateOK })
	if err := printChecks(errOut, checks); err != nil {
		return err
	}
	if anyFails(checks) {
		return badInput("this machine cannot do the run: mend the failed checks above; memproof doctor lists all checks")
	}
	return nil
}

func anyFails(checks []doctor.Check) bool {
	return slices.ContainsFunc(checks, func(c doctor.Check) bool { return c.State == doctor.StateFail })
}

// The columns of the doctor's lines.
const (
	stateWidth = len("warn  ")
	nameWidth  = len("smaps_rollup  ")
	textWidth  = 100 - stateWidth - nameWidth
)

// printChecks prints each check on as many lines as it needs.
func printChecks(w io.Writer, checks []doctor.Check) error {
	var page strings.Builder
	colour := wantsColour(w)
	for _, c := range checks {
		text := c.Found
		if c.Means != "" {
			text += ": " + c.Means
		}
		lines := wrap(printable.Line(text), "", "", textWidth)
		if c.Remedy != "" {
			lines = append(lines, wrap(printable.Line(c.Remedy), "→ ", "  ", textWidth)...)
		}
		state := fmt.Sprintf("%-*s", stateWidth, c.State)
		if colour {
			state = "\x1b[" + colours[c.State] + "m" + state + "\x1b[0m"
		}
		indent := "\n" + strings.Repeat(" ", stateWidth+nameWidth)
		fmt.Fprintf(&page, "%s%-*s%s\n", state, nameWidth, c.Name, strings.Join(lines, indent))
	}
	_, err := io.WriteString(w, page.String())
	return err
}

// wrap breaks a text at spaces into lines of at most width characters. first begins the
// first line, and other the others. A longer word has a line of its own. There is always
// a first line.
func wrap(text, first, other string, width int) (lines []string) {
	line := first
	for i, word := range strings.Fields(text) {
		switch joined := line + " " + word; {
		case i == 0:
			line += word
		case utf8.RuneCountInString(joined) <= width:
			line = joined
		default:
			lines, line = append(lines, line), other+word
		}
	}
	return append(lines, line)
}

var colours = map[doctor.State]string{doctor.StateOK: "32", doctor.StateWarn: "33", doctor.StateFail: "31"}

// wantsColour reports whether w is a terminal that shows colours (https://no-color.org).
func wantsColour(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// engineNames lists the values of -engine; the first is the placeholder in its help.
func engineNames() string {
	return strings.Replace(engine.Names(), string(engine.Auto), "`"+string(engine.Auto)+"`", 1)
}
