package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/scenario"
)

//go:embed init.yaml.tmpl
var initTemplate string

// initData is the data of the template.
type initData struct {
	Name, Image  string
	Port         int
	Path         string
	Rate         int
	Window, Warm time.Duration
	Errors       string // the smallest share of failures that so many requests can show
}

// initBlocks is the number of blocks in the template.
const initBlocks = 6

// initCommand writes a scenario for an image, with comments where a person must decide.
func initCommand(_ context.Context, c *invocation) (int, error) {
	var d initData
	c.IntVar(&d.Port, "port", 8000, "`port` where the service listens inside its container")
	c.StringVar(&d.Path, "path", "/", "`path` to request")
	c.IntVar(&d.Rate, "rate", 50, "requests per second")
	c.DurationVar(&d.Window, "window", 30*time.Second, "length of the measured window of each trial")
	to := c.String("to", "", "scenario `file` to make, instead of the standard output")
	images, err := c.parse("the name of one image", 1, 1)
	if err != nil {
		return 0, err
	}
	d.Image, d.Name, d.Warm = images[0], scenarioName(images[0]), min(10*time.Second, d.Window)
	d.Errors = comparison.ErrorsShown(uint64(float64(d.Rate)*d.Window.Seconds()), initBlocks)
	var text bytes.Buffer
	if err := template.Must(template.New("init").Parse(initTemplate)).Execute(&text, d); err != nil {
		return 0, err
	}
	if _, err := scenario.ParseScenario("init", text.Bytes()); err != nil { // a mistake in a flag
		return 0, runner.BadInput{Err: err}
	}
	if _, err := os.Stat(*to); !errors.Is(err, fs.ErrNotExist) {
		return 0, badInput("%s exists: name another file", *to)
	}
	if err := c.write(*to, text.Bytes()); err != nil {
		return 0, err
	}
	if *to != "" {
		fmt.Fprintf(c.errOut, "%s: write how the two variants differ, then: memproof run %s\n", *to, *to)
	}
	return 0, nil
}

var notName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// scenarioName returns the last part of an image's name, without its tag.
func scenarioName(image string) string {
	name, _, _ := strings.Cut(path.Base(image), ":")
	return cmp.Or(strings.Trim(notName.ReplaceAllString(name, "-"), "-"), "service")
}
