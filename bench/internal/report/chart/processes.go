package chart

import (
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Processes is each variant's memory by process.
var Processes = view.Output{Name: "processes.png", Write: picture(drawProcesses), Caption: &view.Caption{
	Title: "Where the memory is",
	Alt:   "Memory of each variant by process, as stacked bars",
	HowTo: "Each segment is one process with its fair share of what it has in common with others (PSS), so the segments add up; grey is what the container is charged beyond its processes, kernel memory and page tables above all.",
}}

// drawProcesses is a stacked bar of every variant's PSS by process.
func drawProcesses(m view.Material) (*vgimg.Canvas, error) {
	bars, err := barsOf(m)
	if err != nil {
		return nil, err
	}
	longest := 0.0
	for _, b := range bars {
		longest = max(longest, b.mapped()+b.kernel)
	}
	if longest == 0 {
		return nil, view.NotMade("no sample of a valid trial's window holds the PSS of all its processes")
	}
	p := newPlot()
	p.X.Min, p.X.Max = 0, longest*1.02
	p.X.Tick.Marker = roundTicks{axisUnitFor(metric.UnitBytes, longest), 6}
	p.Y.Min, p.Y.Max = 0, float64(len(bars))
	p.Y.Tick.Marker = plot.ConstantTicks{}
	for i, b := range bars {
		p.Add(b.at(float64(len(bars) - 1 - i)))
	}
	sheet := newCanvas(vg.Length(1.15+0.95*float64(len(bars))) * vg.Inch)
	c := headed(sheet, "Where the memory is: PSS by process", processesKey(m, bars))
	p.Draw(draw.Crop(c, 0, -barEndRoom(bars), 0, 0))
	return sheet, nil
}

// barsOf are the variants with their splits. The segments of processes add up to the
// table's sum of PSS, and with the grey to its headline. A variant without that sum
// has no split.
func barsOf(m view.Material) (bars []bar, err error) {
	for _, a := range m.Counted(metric.PSSMean) {
		pss, ok := m.Verdict.Summary(a.Name, metric.PSSMean)
		if !ok {
			bars = append(bars, bar{Arm: a})
			continue
		}
		s, err := splitOf(a, m.Run.Scenario.Window().Name)
		if err != nil {
			return nil, err
		}
		if charged, ok := m.Verdict.Summary(a.Name, metric.MemoryMean); ok {
			s.kernel = max(0, charged.Mean-pss.Mean) // PSS holds mapped files, which are not charged
		}
		bars = append(bars, bar{a, s})
	}
	return bars, nil
}

// processesKey says what the colours are, those that the bars have.
func processesKey(m view.Material, bars []bar) string {
	var arms []view.Arm
	for _, b := range bars {
		arms = append(arms, b.Arm)
	}
	key := "mean of the window over " + view.TrialCount(arms)
	switch several := func(b bar) bool { return len(b.processes) > 1 }; {
	case slices.ContainsFunc(bars, func(b bar) bool { return several(b) && !b.prefork() }):
		key += "; darkest: the root"
	case slices.ContainsFunc(bars, several):
		key += "; darkest: the master"
	}
	if slices.ContainsFunc(bars, func(b bar) bool { return b.kernel > 0 }) {
		key += "; grey: kernel and page tables"
		if view.SomeHold(m.Verdict, metric.MemoryHugetlb) {
			key += ", huge pages of hugetlbfs"
		}
	}
	return key
}
