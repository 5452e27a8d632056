// Package metric holds the vocabulary of measurement: one table of the metrics,
// quantities as people write them, the raw readings of a trial, and the reasons why a
// figure does not count.
package metric

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// Name is the name of a metric, whose figure is taken in a trial's window:
// "memory.mean", "latency.p95".
type Name string

// The metrics outside families. The table says how each figure is taken.
const (
	MemoryMean        Name = "memory.mean"
	MemoryPeak        Name = "memory.peak"
	MemoryIdle        Name = "memory.idle"
	MemoryGrowth      Name = "memory.growth"
	MemoryVariation   Name = "memory.variation"
	WorkingSetMean    Name = "working_set.mean"
	PSSMean           Name = "pss.mean"
	RSSMean           Name = "rss.mean"
	PSSResidual       Name = "pss.residual"
	PSSResidualFile   Name = "pss.residual_file"
	PSSAnon           Name = "pss.anon"
	PSSFile           Name = "pss.file"
	PSSShmem          Name = "pss.shmem"
	MemoryAnon        Name = "memory.anon"
	MemoryShmem       Name = "memory.shmem"
	MemoryKernel      Name = "memory.kernel"
	MemoryReclaimable Name = "memory.slab_reclaimable"
	MemoryHugetlb     Name = "memory.hugetlb"
	UsagePeak         Name = "usage.peak"
	WorkerUSS         Name = "worker.uss"
	WorkerPSS         Name = "worker.pss"
	Processes         Name = "processes"
	Errors            Name = "errors"
	ErrorsReset       Name = "errors.reset"
	CPUPerRequest     Name = "cpu_per_request"
	SendLagP99        Name = "send_lag.p99"
	GeneratorCPU      Name = "generator.cpu"
	UpstreamConns     Name = "upstream.connections_opened"
	UpstreamOpen      Name = "upstream.connections_open"
	PostgresMemory    Name = "postgres.memory"
	PostgresBackends  Name = "postgres.backends"
	SustainedRate     Name = "rate.sustained"
	OtherCPU          Name = "other_cpu"
	Steal             Name = "steal"
	Interrupts        Name = "interrupts"
	CPUPressure       Name = "cpu_pressure"
	Throttled         Name = "throttled"
)

// The quantiles that every trial has a figure of. A claim may ask for any other.
const (
	LatencyP50 Name = "latency.p50"
	LatencyP90 Name = "latency.p90"
	LatencyP95 Name = "latency.p95"
	LatencyP99 Name = "latency.p99"
)

// The prefixes and suffixes of family names.
const (
	LatencyPrefix = "latency.p"
	ServicePrefix = "service." // the service's counters begin with it too
	LogPrefix     = "log."
	SidecarPrefix = "sidecar."
	SidecarMemory = ".memory"
)

// reportedName excludes the special characters of terminals, Markdown, HTML and Go's
// benchmark format.
var reportedName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$`)

// IsReportedName reports whether a service may use the name for a figure that it reports.
func IsReportedName(name string) bool { return reportedName.MatchString(name) }

// LatencyQuantile returns the quantile of the response time, 0 to 1, that the metric
// asks for.
func (m Name) LatencyQuantile() (q float64, ok bool) {
	percent, ok := strings.CutPrefix(string(m), LatencyPrefix)
	p, err := strconv.ParseFloat(percent, 64)
	if !ok || err != nil || !(p > 0 && p < 100) {
		return 0, false
	}
	return p / 100, true
}

var bareQuantile = regexp.MustCompile(`^(latency[._]?)?p?([0-9]{2}(\.[0-9]+)?)$`)

// near returns the metric that an unknown name was likely meant for; empty if none is
// close.
func near(name string) Name {
	if m := definitions.called(name); m != "" {
		return m
	}
	if q := bareQuantile.FindStringSubmatch(strings.ToLower(name)); q != nil {
		return Name(LatencyPrefix + q[2])
	}
	return Name(strictyaml.Nearest(name, definitions.names()))
}

// UnmarshalText refuses an unknown metric.
func (m *Name) UnmarshalText(text []byte) error {
	*m = Name(text)
	if definitions.find(*m) != nil {
		return nil
	}
	if m := near(string(text)); m != "" {
		return fmt.Errorf("unknown metric %q: did you mean %s?", text, m)
	}
	return fmt.Errorf("unknown metric %q: want one of %s, a quantile such as latency.p95, or service.NAME, log.NAME or sidecar.NAME.memory",
		text, strings.Join(definitions.names(), ", "))
}
