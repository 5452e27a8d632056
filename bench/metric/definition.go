package metric

import (
	"slices"
	"strconv"
	"strings"
)

// Definition describes a metric, or a family of them: name, unit, title, format. Code
// that asks about a metric asks its definition: the table is the only list of metrics.
type Definition struct {
	// Name of a family has a * in the place of the member's own name: log.*.
	Name   Name
	Title  string // of its row in the report, in Markdown; a family's holds the same *
	Unit   Unit
	Every  int // with UnitBytesPerRequest: the number of requests that a figure is for; 0 means 1
	Better Better
	Format Format
	Figure Figure
	Group  Group
	Needs  Sources
	Taken  string // how a trial's figure is taken, one sentence
	Row    Row
	Also   []string // other tools' names for it

	accepts func(member string) bool // nil: the family takes any name
}

// Better is the direction in which a figure improves.
type Better string

// The directions.
const (
	Lower   Better = "lower"
	Higher  Better = "higher"
	Neither Better = "neither" // it describes; neither direction is an improvement
)

// Format selects how a figure is printed.
type Format uint8

// The formats.
const (
	InUnit          Format = iota // 1.58 GB, 43.0 ms, 12,340
	AsPercent                     // 0.02%, of the requests
	AsShare                       // 2% or 0.3%, of a core or of the time
	AsTimePerSecond               // 10.0 ms
)

// Figure is the statistical type of a trial's figure. It decides how the interval is
// computed.
type Figure uint8

// The statistical types.
const (
	AnyFigure    Figure = iota
	Wait                // a quantile of a waiting time: above 0, with a long tail
	RequestShare        // a share of the requests, 0 to 1
	Count               // a whole number of things
	MeanCount           // a mean or a rate of things: it has fractions, and a percentage is meaningless
	MaybeCount          // a count if it is whole: a service may report any number
)

// Group joins metrics that the same reasons spoil.
type Group string

// The groups.
const (
	GroupMemory  Group = "memory"
	GroupTime    Group = "time"    // response time, CPU time, throughput
	GroupWork    Group = "work"    // what was done, and how many took part
	GroupMachine Group = "machine" // the activity of the rest of the machine
	GroupCheck   Group = "check"   // checks the instrument and is always shown
)

// Source is the raw data that a metric is computed from. Without it the metric is
// absent.
type Source string

// Sources are all sources that a metric needs.
type Sources []Source

// The sources.
const (
	FromRequests  Source = "requests of the window"
	FromSteps     Source = "capacity steps"
	FromGenerator Source = "the load generator's CPU time"
	FromSamples   Source = "samples"
	FromMemory    Source = "the basis of the memory: the container's account, else PSS" // see [Sample.Memory]
	FromProcesses Source = "the list of processes"
	FromPSS       Source = "smaps_rollup of each process"
	FromContainer Source = "the container's account"
	FromMachine   Source = "the machine's counters"
	FromPostgres  Source = "Postgres"
	FromUpstream  Source = "the upstream"
	FromSidecars  Source = "a sidecar"
	FromCounters  Source = "the service's counters"
	FromLog       Source = "the service's log"
)

// Include reports whether the metric needs the source.
func (s Sources) Include(one Source) bool { return slices.Contains(s, one) }

// Row selects when the report has a row for the metric.
type Row uint8

// The rules. A family has a row for each member that some trial has a figure of.
const (
	RowNever     Row = iota
	RowAlways        // if a variant has a figure
	RowMentioned     // if a trial has a figure or a reason for its absence: runs of older versions have neither
	RowHeld          // if some trial has more than 0
)

// IsFamily reports whether the definition describes a family of metrics.
func (d *Definition) IsFamily() bool { return strings.Contains(string(d.Name), "*") }

// Member returns the part of m's name in the place of the family's *. ok is false if m is
// not a member.
func (d *Definition) Member(m Name) (member string, ok bool) {
	member, ok = Pattern(d.Name).member(m)
	return member, ok && (d.accepts == nil || d.accepts(member))
}

// TitleOf returns the title of one member of a family.
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

// Per returns the suffix for a figure: see [Name.Per].
func (d *Definition) Per() string {
	if d.Unit == UnitBytesPerRequest && d.Every > 1 {
		return " per " + groupedDigits(strconv.Itoa(d.Every)) + " requests"
	}
	return units[d.Unit].per
}

// BenchUnit returns the unit in Go's benchmark format.
func (d *Definition) BenchUnit() string {
	if d.Unit == UnitBytesPerRequest && d.Every > 1 {
		return "B/" + strconv.Itoa(d.Every) + "-requests"
	}
	return units[d.Unit].bench
}
