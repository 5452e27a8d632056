package metric

import (
	"slices"
	"strconv"
	"strings"
)

// Definition is what is known about a metric, or about a family of them. Whatever asks
// about a metric asks its definition: the table is the only list of metrics.
type Definition struct {
	// Name of a family has a * where each member has a name of its own: log.*.
	Name   Name
	Title  string // of its row in the report, in Markdown; a family's has the same *
	Unit   Unit
	Every  int // with UnitBytesPerRequest: a figure is for so many requests; 0 is 1
	Better Better
	Format Format
	Figure Figure
	Kind   Kind
	Needs  Sources
	Taken  string // how a trial's figure is taken, one sentence
	Row    Row
	Also   []string // what others call it

	accepts func(member string) bool // nil: a family takes any name
}

// Better says which figure of two is the better one.
type Better string

// The directions.
const (
	Lower   Better = "lower"
	Higher  Better = "higher"
	Neither Better = "neither" // it describes
)

// Format is how a figure is printed.
type Format uint8

// The formats.
const (
	InUnit          Format = iota // 1.58 GB, 43.0 ms, 12,340
	AsPercent                     // 0.02%
	AsShare                       // 2%, with a decimal where it needs one; of a core or of the time
	AsTimePerSecond               // 10.0 ms
)

// Figure says what sort of number a trial's figure is. Its interval depends on that.
type Figure uint8

// The sorts.
const (
	AnyFigure    Figure = iota
	Wait                // a quantile of how long something waited: above 0, with a long tail
	RequestShare        // a share of the requests, 0 to 1
	Count               // a number of things
	MeanCount           // a mean or a rate of things: it has fractions, and a percentage says nothing of it
	MaybeCount          // a number of things where it is whole: what a service tells may be anything
)

// Kind says what breaks a figure: a reason spoils all figures of a kind.
type Kind string

// The kinds.
const (
	KindMemory  Kind = "memory"
	KindTime    Kind = "time"    // response time, CPU time, throughput
	KindWork    Kind = "work"    // what was done, and by how many
	KindMachine Kind = "machine" // what the rest of the machine did
	KindCheck   Kind = "check"   // of the instrument: it is always shown
)

// Source is what a metric is taken from. Without it the metric is absent.
type Source string

// Sources are all that a metric needs.
type Sources []Source

// The sources.
const (
	FromRequests  Source = "requests of the window"
	FromProbes    Source = "probe phases"
	FromGenerator Source = "the load generator's CPU time"
	FromSamples   Source = "samples"
	FromHeadline  Source = "the basis of the headline: the container's account, else PSS" // see [Sample.Memory]
	FromProcesses Source = "the list of processes"
	FromPSS       Source = "smaps_rollup of each process"
	FromContainer Source = "the container's account"
	FromMachine   Source = "the machine's counters"
	FromPostgres  Source = "Postgres"
	FromUpstream  Source = "the upstream"
	FromSidecars  Source = "a program beside the variant"
	FromCounters  Source = "the service's counters"
	FromLog       Source = "the service's log"
)

// Include says whether the source is one of them.
func (s Sources) Include(one Source) bool { return slices.Contains(s, one) }

// Row says when the report has a row of the metric.
type Row uint8

// The rules. A family has a row for each member of which a trial has a figure.
const (
	RowNever     Row = iota
	RowAlways        // where a variant has a figure
	RowMentioned     // where a trial has a figure, or a reason why it has none: earlier runs have neither
	RowHeld          // where some trial has more than 0
)

// IsFamily says that the definition is one of many metrics.
func (d *Definition) IsFamily() bool { return strings.Contains(string(d.Name), "*") }

// Member is the name of its own that a metric has in the family.
func (d *Definition) Member(m Name) (member string, ok bool) {
	member, ok = Pattern(d.Name).member(m)
	return member, ok && (d.accepts == nil || d.accepts(member))
}

// TitleOf is the title of a family's member.
func (d *Definition) TitleOf(member string) string { return strings.Replace(d.Title, "*", member, 1) }

// Show prints a figure: see [Name.Show].
func (d *Definition) Show(x float64) string {
	switch d.Format {
	case AsPercent:
		return Fixed(100*x, 2) + "%"
	case AsShare:
		return ShowShare(x)
	case AsTimePerSecond:
		if x == 0 {
			return "0"
		}
		return FormatValue(x, UnitSeconds)
	default:
		return FormatValue(x, d.Unit)
	}
}

// Per is what a figure is for: see [Name.Per].
func (d *Definition) Per() string {
	if d.Unit == UnitBytesPerRequest && d.Every > 1 {
		return " per " + groupedDigits(strconv.Itoa(d.Every)) + " requests"
	}
	return units[d.Unit].per
}

// BenchUnit is the unit in Go's benchmark format.
func (d *Definition) BenchUnit() string {
	if d.Unit == UnitBytesPerRequest && d.Every > 1 {
		return "B/" + strconv.Itoa(d.Every) + "-requests"
	}
	return units[d.Unit].bench
}
