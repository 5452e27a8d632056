package chart

import (
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Processes is each variant's memory by process.
var Processes = view.Output{Name: "processes.png", Write: picture(drawProcesses), Caption: &view.Caption{
	Title: "Where the memory is",
	Alt:   "Memory of each variant by process, as stacked bars",
	HowTo: "Each segment is the PSS of one process: shared pages are divided among their users, so the segments add up. " +
		"Grey is what the container is charged beyond its processes: mainly kernel memory and page tables.",
}}

// drawProcesses draws a stacked bar of every variant's PSS by process.
func drawProcesses(m view.Material) (*vgimg.Canvas, error) {
	bars, err := barsOf(m)
	if err != nil {
		return nil, err
	}
	longest, room := 0.0, vg.Length(0)
	p := newPlot()
	for i, b := range bars {
		longest = max(longest, b.pss()+b.kernel)
		for _, l := range b.totalLines() {
			room = max(room, widest(l.style, 10, l.text))
		}
		p.Add(b.at(float64(len(bars) - 1 - i)))
	}
	if longest == 0 {
		return nil, view.NotMade("no sample of a valid trial's window holds the PSS of all its processes")
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, longest*1.02, 0, float64(len(bars))
	p.X.Tick.Marker = roundTicks{axisUnitFor(metric.UnitBytes, longest), 6}
	sheet := newCanvas(vg.Length(1.15+0.95*float64(len(bars))) * vg.Inch)
	c := headed(sheet, "Where the memory is: PSS by process", processesKey(m, bars))
	p.Draw(draw.Crop(c, 0, -room, 0, 0))
	return sheet, nil
}

// barsOf are the variants with their splits. The segments of processes add up to the
// table's sum of PSS, and with the grey to its memory. A variant without that sum has
// no split.
func barsOf(m view.Material) (bars []bar, err error) {
	for _, a := range m.Counted(metric.PSSMean) {
		var s split
		if pss, ok := m.Verdict.Summary(a.Name, metric.PSSMean); ok {
			if s, err = splitOf(a, m.Run.Scenario.Window().Name); err != nil {
				return nil, err
			}
			if charged, ok := m.Verdict.Summary(a.Name, metric.MemoryMean); ok {
				s.kernel = max(0, charged.Mean-pss.Mean) // PSS holds mapped files, which are not charged
			}
		}
		bars = append(bars, bar{a, s})
	}
	return bars, nil
}

// processesKey explains the colours that the bars have.
func processesKey(m view.Material, bars []bar) string {
	var arms []view.Arm
	darkest, grey := "", ""
	for _, b := range bars {
		arms = append(arms, b.Arm)
		if len(b.processes) > 1 && (darkest == "" || !b.prefork()) {
			root, _ := b.names()
			darkest = "; darkest: the " + root
		}
		if b.kernel > 0 {
			grey = "; grey: kernel and page tables"
		}
	}
	if grey != "" && view.SomeHold(m.Verdict, metric.MemoryHugetlb) {
		grey += ", huge pages of hugetlbfs"
	}
	return "mean of the window over " + view.TrialCount(arms) + darkest + grey
}
