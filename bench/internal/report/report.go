package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot/vg/vgimg"
)

// reportFile is what Write leaves in the run directory beside the pictures.
const reportFile = "report.md"

// material is what the report is made from.
type material struct {
	run     *record.Run
	verdict *verdict.Verdict
	arms    []arm
}

// picture is one of the report's pictures.
type picture struct {
	file, title, alt, howTo string
	draw                    func(material) (*vgimg.Canvas, error)
	only                    func(*scenario.Scenario) bool // of which scenarios it is; nil: of all
}

// pictures are in the order of the report.
var pictures = []picture{
	{
		file: "memory.png", title: "Memory over time",
		alt:   "Headline memory of each variant over the time of the load",
		howTo: "Lower is better; only the part marked as measured counts, and a line that still rises there has not settled.",
		draw:  drawMemory,
	},
	{
		file: "processes.png", title: "Where the memory is",
		alt:   "Memory of each variant by process, as stacked bars",
		howTo: "Each segment is one process with its fair share of what it has in common with others (PSS), so the segments add up; grey is what the container is charged beyond its processes, kernel memory and page tables above all.",
		draw:  drawProcesses,
	},
	{
		file: "latency.png", title: "What it costs in response time",
		alt:   "Response time of each variant by percentile",
		howTo: "Read upwards from 99%: all but a hundredth of the requests waited no longer than that. A request that failed counts as waiting its whole time-out, here as in the tables. The axis is stretched towards the longest waits.",
		draw:  drawLatency,
	},
	{
		file: "effect.png", title: "The claims",
		alt:   "Each claim's measured effect with its interval against the range that it states",
		howTo: "A claim is proven if its whole bar lies in the green, refuted if none of it does, and undecided if it straddles the edge; the dotted line is no effect.",
		draw:  drawEffect,
	},
	{
		file: "attribution.png", title: "Which change earned it",
		alt:   "Steps from the variant without any change to the one with all, one a change",
		howTo: "A step is as long as what its change earned, and the steps add up; grey is a change that did nothing here.",
		draw:  drawWaterfall,
		only:  func(sc *scenario.Scenario) bool { return sc.Attribution != nil },
	},
}

// picturesOf are those that a scenario's report has.
func picturesOf(sc *scenario.Scenario) []picture {
	return slices.DeleteFunc(slices.Clone(pictures), func(p picture) bool { return p.only != nil && !p.only(sc) })
}

// Write draws the pictures and writes report.md beside the run's raw data. A
// picture that can't be drawn, for want of the figures it needs, is replaced by
// a line that says why; an error is of reading or writing. Pictures of an
// earlier report that this one does not have are removed.
func Write(run *record.Run, v *verdict.Verdict) error {
	m := material{run, v, armsOf(run)}
	missing := map[string]string{}
	for _, p := range picturesOf(run.Scenario) {
		why, err := p.write(m)
		if err != nil {
			return fmt.Errorf("draw %s: %w", p.file, err)
		}
		if why != "" {
			missing[p.file] = why
		}
	}
	text, err := markdown(m, missing)
	if err != nil {
		return fmt.Errorf("write %s: %w", reportFile, err)
	}
	if err := files.WriteFile(filepath.Join(run.Dir, reportFile), text); err != nil {
		return err
	}
	if err := m.writeForMachines(); err != nil {
		return fmt.Errorf("write %s and %s: %w", junitFile, benchFile, err)
	}
	return nil
}

// write leaves the picture in the run directory, or says why there is none.
func (p picture) write(m material) (why string, err error) {
	path := filepath.Join(m.run.Dir, p.file)
	canvas, err := p.drawValid(m)
	if why, ok := reasonOf(err); ok {
		return why, removed(path)
	}
	if err != nil {
		return "", err
	}
	image, err := encode(canvas)
	if err != nil {
		return "", err
	}
	return "", files.WriteFile(path, image)
}

func (p picture) drawValid(m material) (*vgimg.Canvas, error) {
	if m.verdict.Void {
		return nil, noPicture("no figure of the run counts")
	}
	if len(m.verdict.CountedBlocks) == 0 {
		return nil, noPicture("no block was measured")
	}
	return p.draw(m)
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// discarded says, beside a basis that holds caches, what keeps the first to look
// files up from being charged for them all.
func (m material) discarded() string {
	if m.run.Meta.Machine[experiment.FactDiscarded] == "" {
		return ""
	}
	return ", after one discarded trial of each image"
}

// basis is what the headline memory is made of.
func (m material) basis() string {
	switch m.verdict.MemoryBasis {
	case metric.BasisPSS:
		return "sum of PSS"
	case metric.BasisUnreclaimable:
		return "anon + shmem + kernel without reclaimable slab"
	default:
		return "anon + shmem + kernel, reclaimable slab included"
	}
}
