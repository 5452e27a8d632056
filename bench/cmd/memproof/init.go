package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/scenario"
)

//go:embed init.yaml.tmpl
var initTemplate string

// first is what a first scenario is made of.
type first struct {
	Name, Image  string
	Port         int
	Path         string
	Rate         int
	Window, Warm time.Duration
}

// initCommand writes a scenario for an image, with comments where a person has
// to decide.
func initCommand(_ context.Context, args []string, out, errOut io.Writer) (int, error) {
	f := first{Warm: 10 * time.Second}
	flags := newFlags("init", errOut)
	flags.IntVar(&f.Port, "port", 8000, "`port` where the service listens inside its container")
	flags.StringVar(&f.Path, "path", "/", "`path` to ask for")
	flags.IntVar(&f.Rate, "rate", 50, "requests a second")
	flags.DurationVar(&f.Window, "window", 30*time.Second, "how long is measured in each trial")
	to := flags.String("to", "", "scenario `file` to make, in place of the standard output")
	images, err := parse(flags, args)
	if err != nil {
		return 0, err
	}
	if len(images) != 1 {
		return 0, badInput("init takes the name of one image")
	}
	f.Image, f.Name, f.Warm = images[0], scenarioName(images[0]), min(f.Warm, f.Window)
	text, err := f.scenario()
	if err != nil {
		return 0, err
	}
	if *to == "" {
		_, err := out.Write(text)
		return 0, err
	}
	if _, err := os.Stat(*to); !errors.Is(err, fs.ErrNotExist) {
		return 0, badInput("%s is there already: name another file", *to)
	}
	if err := files.WriteFile(*to, text); err != nil {
		return 0, err
	}
	fmt.Fprintf(errOut, "%s: say in what the two variants differ, then: memproof run %s\n", *to, *to)
	return 0, nil
}

// Errors is the smallest share of failures that the scenario can show.
func (f first) Errors() string {
	return scenario.ErrorsShown(uint64(float64(f.Rate)*f.Window.Seconds()), initBlocks)
}

// initBlocks are the blocks of the template.
const initBlocks = 6

// scenario is the text; a mistake in a flag is found as one in a file would be.
func (f first) scenario() ([]byte, error) {
	var text bytes.Buffer
	if err := template.Must(template.New("init").Parse(initTemplate)).Execute(&text, f); err != nil {
		return nil, err
	}
	if _, err := scenario.ParseScenario("init", text.Bytes()); err != nil {
		return nil, runner.BadInput{Err: err}
	}
	return text.Bytes(), nil
}

var notName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// scenarioName is the last part of an image's name, without its tag.
func scenarioName(image string) string {
	name, _, _ := strings.Cut(path.Base(image), ":")
	name = strings.Trim(notName.ReplaceAllString(name, "-"), "-")
	if name == "" {
		return "service"
	}
	return name
}
