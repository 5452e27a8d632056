// Package metric holds what is measured: the names of the metrics with their units,
// quantities as people write them, the raw readings of a trial, and the reasons why a
// figure does not count.
package metric

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// Name names a figure of a trial's window: "memory.mean", "latency.p95".
type Name string

// The metrics besides four kinds: the latency quantiles, which are latency.pN
// with any N above 0 and below 100 (latency.p50, latency.p99.9), the numbers that
// a variant tells of itself where [scenario.Scenario.Counters] says, service.NAME, the lines
// of its log that [scenario.Scenario.LogLines] names, log.NAME, and what a companion holds,
// beside.NAME.memory, the mean of the window.
const (
	MemoryMean        Name = "memory.mean"             // headline memory, mean of the window
	MemoryPeak        Name = "memory.peak"             // headline memory, highest sample of the window
	MemoryIdle        Name = "memory.idle"             // headline memory, mean of the idle phase
	MemoryGrowth      Name = "memory.growth"           // headline memory, Theil-Sen slope of the window, bytes per 1,000 requests
	DockerStatsMean   Name = "docker_stats.mean"       // what `docker stats` shows, mean of the window
	PSSMean           Name = "pss.mean"                // sum over processes, mean of the window
	RSSMean           Name = "rss.mean"                // sum over processes, mean of the window: counts shared pages again and again
	PSSResidual       Name = "pss.residual"            // anonymous memory: sum of PSS less the container's account, see account
	PSSResidualFile   Name = "pss.residual_file"       // the same of mapped files and shared memory
	PSSAnon           Name = "pss.anon"                // of the sum of PSS, anonymous memory; mean of the window, as the next five
	PSSFile           Name = "pss.file"                // of the sum of PSS, mapped files: on a host a page that programs outside map too counts in part
	PSSShmem          Name = "pss.shmem"               // of the sum of PSS, shared memory
	MemoryAnon        Name = "memory.anon"             // of the container's charge, anonymous memory
	MemoryShmem       Name = "memory.shmem"            // of the container's charge, tmpfs, memfd and shared anonymous maps
	MemoryKernel      Name = "memory.kernel"           // of the container's charge, the kernel's own: slab, stacks, page tables
	MemoryReclaimable Name = "memory.slab_reclaimable" // of memory.kernel, caches that the kernel drops at need; not in the headline where it is known
	MemoryHugetlb     Name = "memory.hugetlb"          // huge pages of hugetlbfs, in the headline and in none of its other kinds
	UsagePeak         Name = "usage.peak"              // highest usage of the container in the window, page cache included, as the kernel kept it
	WorkerUSS         Name = "worker.uss"              // of one worker, see the doc of workers; mean of the window
	WorkerPSS         Name = "worker.pss"              // the same
	Processes         Name = "processes"               // how many there are, the root included, mean of the window
	Errors            Name = "errors"                  // share of hits without a 2xx answer, 0 to 1
	ErrorsReset       Name = "errors.reset"            // share of hits whose used connection ended before the first byte of an answer, 0 to 1; they are among the errors
	CPUPerRequest     Name = "cpu_per_request"         // CPU seconds of the variant over hits of the window
	SendLagP99        Name = "send_lag.p99"            // how late the generator sent, 99th percentile
	GeneratorCPU      Name = "generator.cpu"           // CPU seconds a second of the load generator, mean of the load
	UpstreamConns     Name = "upstream.connections_opened"
	UpstreamOpen      Name = "upstream.connections_open" // at the same time, mean of the window
	PostgresMemory    Name = "postgres.memory"           // of the whole server, by the basis of the headline, mean of the window
	PostgresBackends  Name = "postgres.backends"         // connections to the trial's database, mean of the window
	SustainedRate     Name = "rate.sustained"            // highest rate of the probe phases that was kept up with, requests a second

	ForeignCPU  Name = "foreign_cpu"  // CPU seconds a second of programs that have no part in the trial, mean of the window
	Steal       Name = "steal"        // CPU seconds a second that the hypervisor kept, mean of the window
	Interrupts  Name = "interrupts"   // CPU seconds a second that the kernel spent on interrupts, most of it on the network, mean of the window
	CPUPressure Name = "cpu_pressure" // share of the window in which some task of the machine waited for a processor, 0 to 1
	Throttled   Name = "throttled"    // seconds a second that the variant's CPU quota held it back, summed over processors
)

// ServicePrefix begins the names of what a variant tells of itself, among the
// counters and among the metrics.
const ServicePrefix = "service."

// toldName has no character that a terminal, Markdown, HTML or a benchmark's line
// would take for more than a name.
var toldName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$`)

// ToldName says whether what a service tells by that name can be a figure.
func ToldName(name string) bool { return toldName.MatchString(name) }

func (m Name) OfService() bool {
	return len(m) > len(ServicePrefix) && strings.HasPrefix(string(m), ServicePrefix)
}

// LogPrefix begins the names of counted lines of a variant's log.
const LogPrefix = "log."

func (m Name) OfLog() (name string, ok bool) {
	name, ok = strings.CutPrefix(string(m), LogPrefix)
	return name, ok && name != ""
}

var metricUnits = map[Name]Unit{
	MemoryMean: UnitBytes, MemoryPeak: UnitBytes, MemoryIdle: UnitBytes, MemoryGrowth: UnitBytes,
	DockerStatsMean: UnitBytes, PSSMean: UnitBytes, RSSMean: UnitBytes, UsagePeak: UnitBytes,
	PSSAnon: UnitBytes, PSSFile: UnitBytes, PSSShmem: UnitBytes, MemoryAnon: UnitBytes, MemoryShmem: UnitBytes, MemoryKernel: UnitBytes, MemoryReclaimable: UnitBytes, MemoryHugetlb: UnitBytes,
	PSSResidual: UnitBytes, PSSResidualFile: UnitBytes, WorkerUSS: UnitBytes, WorkerPSS: UnitBytes, Processes: UnitNumber,
	Errors: UnitNumber, ErrorsReset: UnitNumber, CPUPerRequest: UnitSeconds, SendLagP99: UnitSeconds, GeneratorCPU: UnitNumber, UpstreamConns: UnitNumber,
	SustainedRate: UnitNumber, UpstreamOpen: UnitNumber, PostgresMemory: UnitBytes, PostgresBackends: UnitNumber,
	ForeignCPU: UnitNumber, Interrupts: UnitNumber, Steal: UnitNumber, CPUPressure: UnitNumber, Throttled: UnitNumber,
}

// LatencyQuantile says which quantile of the response time, 0 to 1, the metric
// asks for.
func (m Name) LatencyQuantile() (q float64, ok bool) {
	text, ok := strings.CutPrefix(string(m), "latency.p")
	if !ok {
		return 0, false
	}
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p > 0 && p < 100) {
		return 0, false
	}
	return p / 100, true
}

// ByBasis says that what the metric is made of depends on the basis of the run's
// memory: see [Sample.Memory].
func (m Name) ByBasis() bool {
	_, beside := m.OfBeside()
	return beside || slices.Contains([]Name{MemoryMean, MemoryPeak, MemoryIdle, MemoryGrowth, PostgresMemory}, m)
}

// NeedsHits says that the metric is of the requests of the window.
func (m Name) NeedsHits() bool {
	_, ok := m.LatencyQuantile()
	return ok || slices.Contains([]Name{Errors, ErrorsReset, CPUPerRequest, SendLagP99, MemoryGrowth}, m)
}

// Unit is the base unit of the metric's figures. Of what a variant tells the
// name says it, as in the conventions of Prometheus: _seconds, _bytes.
func (m Name) Unit() Unit {
	if _, ok := m.LatencyQuantile(); ok {
		return UnitSeconds
	}
	if _, ok := m.OfBeside(); ok {
		return UnitBytes
	}
	switch {
	case m.OfService() && strings.HasSuffix(string(m), "_seconds"):
		return UnitSeconds
	case m.OfService() && strings.HasSuffix(string(m), "_bytes"):
		return UnitBytes
	}
	return metricUnits[m]
}

// IsErrors says that the metric is a share of the requests, 0 to 1.
func (m Name) IsErrors() bool { return m == Errors || m == ErrorsReset }

// IsCount says that the metric counts things, of which a percentage says nothing.
func (m Name) IsCount() bool {
	_, log := m.OfLog()
	return log || slices.Contains([]Name{Processes, UpstreamConns, UpstreamOpen, PostgresBackends, SustainedRate}, m)
}

// alsoCalled are metrics by what others call them.
var alsoCalled = map[string]Name{
	"memory": MemoryMean, "memory.avg": MemoryMean, "memory.average": MemoryMean, "mem": MemoryMean, "memory.usage": MemoryMean,
	"memory.max": MemoryPeak, "memory.maximum": MemoryPeak, "peak": MemoryPeak, "max_memory": MemoryPeak, "memory.leak": MemoryGrowth, "growth": MemoryGrowth,
	"rss": RSSMean, "memory.rss": RSSMean, "pss": PSSMean, "memory.pss": PSSMean, "uss": WorkerUSS, "docker_stats": DockerStatsMean,
	"error_rate": Errors, "error": Errors, "failures": Errors, "cpu": CPUPerRequest, "latency": "latency.p95", "latency.median": "latency.p50",
	"latency.max": "latency.p99", "throughput": SustainedRate, "rps": SustainedRate, "rate": SustainedRate, "workers": Processes,
}

var bareQuantile = regexp.MustCompile(`^(latency[._]?)?p?([0-9]{2}(\.[0-9]+)?)$`)

// near is the metric that was likely meant by a name that is none; empty: none.
func near(name string) Name {
	if m := alsoCalled[strings.ToLower(name)]; m != "" {
		return m
	}
	if q := bareQuantile.FindStringSubmatch(strings.ToLower(name)); q != nil {
		return Name("latency.p" + q[2])
	}
	return Name(strictyaml.Nearest(name, metricNames()))
}

// UnmarshalText refuses a name that is no metric.
func (m *Name) UnmarshalText(text []byte) error {
	*m = Name(text)
	if _, ok := metricUnits[*m]; ok || m.OfService() {
		return nil
	}
	if _, ok := m.OfLog(); ok {
		return nil
	}
	if _, ok := m.OfBeside(); ok {
		return nil
	}
	if _, ok := m.LatencyQuantile(); ok {
		return nil
	}
	if m := near(string(text)); m != "" {
		return fmt.Errorf("%q is no metric: did you mean %s?", text, m)
	}
	return fmt.Errorf("%q is no metric: take one of %s, a quantile such as latency.p95, what the service tells, service.NAME, lines of its log, log.NAME, or what a companion holds, beside.NAME.memory", text, strings.Join(metricNames(), ", "))
}

func metricNames() []string {
	names := make([]string, 0, len(metricUnits))
	for m := range metricUnits {
		names = append(names, string(m))
	}
	slices.Sort(names)
	return names
}

// OfBeside is the companion whose memory the metric is.
func (m Name) OfBeside() (name string, ok bool) {
	name, ok = strings.CutPrefix(string(m), BesidePrefix)
	if ok {
		name, ok = strings.CutSuffix(name, BesideMemory)
	}
	return name, ok && name != ""
}

const (
	BesidePrefix = "beside."
	BesideMemory = ".memory"
)

// Skewed says that the metric is a quantile of how long something waited: above 0
// and with a long tail to one side, so that its mean and interval are taken of the
// logarithms. The mean is then the geometric one, and no end of the interval is
// below 0.
func (m Name) Skewed() bool {
	_, latency := m.LatencyQuantile()
	return latency || m == SendLagP99
}

// MayCount says that a trial's figure is a number of things, and no mean of one.
func (m Name) MayCount() bool {
	_, log := m.OfLog()
	return log || m == UpstreamConns || m.OfService() && m.Unit() == UnitNumber
}
