package bench

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/internal/strictyaml"
)

// Metric names a figure of a trial's window: "memory.mean", "latency.p95".
type Metric string

// The metrics besides four kinds: the latency quantiles, which are latency.pN
// with any N above 0 and below 100 (latency.p50, latency.p99.9), the numbers that
// a variant tells of itself where [Scenario.Counters] says, service.NAME, the lines
// of its log that [Scenario.LogLines] names, log.NAME, and what a companion holds,
// beside.NAME.memory, the mean of the window.
const (
	MemoryMean        Metric = "memory.mean"             // headline memory, mean of the window
	MemoryPeak        Metric = "memory.peak"             // headline memory, highest sample of the window
	MemoryIdle        Metric = "memory.idle"             // headline memory, mean of the idle phase
	MemoryGrowth      Metric = "memory.growth"           // headline memory, Theil-Sen slope of the window, bytes per 1,000 requests
	DockerStatsMean   Metric = "docker_stats.mean"       // what `docker stats` shows, mean of the window
	PSSMean           Metric = "pss.mean"                // sum over processes, mean of the window
	RSSMean           Metric = "rss.mean"                // sum over processes, mean of the window: counts shared pages again and again
	PSSResidual       Metric = "pss.residual"            // anonymous memory: sum of PSS less the container's account, see account
	PSSResidualFile   Metric = "pss.residual_file"       // the same of mapped files and shared memory
	PSSAnon           Metric = "pss.anon"                // of the sum of PSS, anonymous memory; mean of the window, as the next five
	PSSFile           Metric = "pss.file"                // of the sum of PSS, mapped files: on a host a page that programs outside map too counts in part
	PSSShmem          Metric = "pss.shmem"               // of the sum of PSS, shared memory
	MemoryAnon        Metric = "memory.anon"             // of the container's charge, anonymous memory
	MemoryShmem       Metric = "memory.shmem"            // of the container's charge, tmpfs, memfd and shared anonymous maps
	MemoryKernel      Metric = "memory.kernel"           // of the container's charge, the kernel's own: slab, stacks, page tables
	MemoryReclaimable Metric = "memory.slab_reclaimable" // of memory.kernel, caches that the kernel drops at need; not in the headline where it is known
	MemoryHugetlb     Metric = "memory.hugetlb"          // huge pages of hugetlbfs, in the headline and in none of its other kinds
	UsagePeak         Metric = "usage.peak"              // highest usage of the container in the window, page cache included, as the kernel kept it
	WorkerUSS         Metric = "worker.uss"              // of one worker, see the doc of workers; mean of the window
	WorkerPSS         Metric = "worker.pss"              // the same
	Processes         Metric = "processes"               // how many there are, the root included, mean of the window
	Errors            Metric = "errors"                  // share of hits without a 2xx answer, 0 to 1
	ErrorsReset       Metric = "errors.reset"            // share of hits whose used connection ended before the first byte of an answer, 0 to 1; they are among the errors
	CPUPerRequest     Metric = "cpu_per_request"         // CPU seconds of the variant over hits of the window
	SendLagP99        Metric = "send_lag.p99"            // how late the generator sent, 99th percentile
	GeneratorCPU      Metric = "generator.cpu"           // CPU seconds a second of the load generator, mean of the load
	UpstreamConns     Metric = "upstream.connections_opened"
	UpstreamOpen      Metric = "upstream.connections_open" // at the same time, mean of the window
	PostgresMemory    Metric = "postgres.memory"           // of the whole server, by the basis of the headline, mean of the window
	PostgresBackends  Metric = "postgres.backends"         // connections to the trial's database, mean of the window
	SustainedRate     Metric = "rate.sustained"            // highest rate of the probe phases that was kept up with, requests a second

	ForeignCPU  Metric = "foreign_cpu"  // CPU seconds a second of programs that have no part in the trial, mean of the window
	Steal       Metric = "steal"        // CPU seconds a second that the hypervisor kept, mean of the window
	Interrupts  Metric = "interrupts"   // CPU seconds a second that the kernel spent on interrupts, most of it on the network, mean of the window
	CPUPressure Metric = "cpu_pressure" // share of the window in which some task of the machine waited for a processor, 0 to 1
	Throttled   Metric = "throttled"    // seconds a second that the variant's CPU quota held it back, summed over processors
)

// servicePrefix begins the names of what a variant tells of itself, among the
// counters and among the metrics.
const servicePrefix = "service."

// toldName has no character that a terminal, Markdown, HTML or a benchmark's line
// would take for more than a name.
var toldName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$`)

// ToldName says whether what a service tells by that name can be a figure.
func ToldName(name string) bool { return toldName.MatchString(name) }

func (m Metric) ofService() bool {
	return len(m) > len(servicePrefix) && strings.HasPrefix(string(m), servicePrefix)
}

// logPrefix begins the names of counted lines of a variant's log.
const logPrefix = "log."

func (m Metric) ofLog() (name string, ok bool) {
	name, ok = strings.CutPrefix(string(m), logPrefix)
	return name, ok && name != ""
}

var metricUnits = map[Metric]Unit{
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
func (m Metric) LatencyQuantile() (q float64, ok bool) {
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

// byBasis says that what the metric is made of depends on the basis of the run's
// memory: see [Sample.Memory].
func (m Metric) byBasis() bool {
	_, beside := m.ofBeside()
	return beside || slices.Contains([]Metric{MemoryMean, MemoryPeak, MemoryIdle, MemoryGrowth, PostgresMemory}, m)
}

// needsHits says that the metric is of the requests of the window.
func (m Metric) needsHits() bool {
	_, ok := m.LatencyQuantile()
	return ok || slices.Contains([]Metric{Errors, ErrorsReset, CPUPerRequest, SendLagP99, MemoryGrowth}, m)
}

// Unit is the base unit of the metric's figures. Of what a variant tells the
// name says it, as in the conventions of Prometheus: _seconds, _bytes.
func (m Metric) Unit() Unit {
	if _, ok := m.LatencyQuantile(); ok {
		return UnitSeconds
	}
	if _, ok := m.ofBeside(); ok {
		return UnitBytes
	}
	switch {
	case m.ofService() && strings.HasSuffix(string(m), "_seconds"):
		return UnitSeconds
	case m.ofService() && strings.HasSuffix(string(m), "_bytes"):
		return UnitBytes
	}
	return metricUnits[m]
}

// isErrors says that the metric is a share of the requests, 0 to 1.
func (m Metric) isErrors() bool { return m == Errors || m == ErrorsReset }

// isCount says that the metric counts things, of which a percentage says nothing.
func (m Metric) isCount() bool {
	_, log := m.ofLog()
	return log || slices.Contains([]Metric{Processes, UpstreamConns, UpstreamOpen, PostgresBackends, SustainedRate}, m)
}

// alsoCalled are metrics by what others call them.
var alsoCalled = map[string]Metric{
	"memory": MemoryMean, "memory.avg": MemoryMean, "memory.average": MemoryMean, "mem": MemoryMean, "memory.usage": MemoryMean,
	"memory.max": MemoryPeak, "memory.maximum": MemoryPeak, "peak": MemoryPeak, "max_memory": MemoryPeak, "memory.leak": MemoryGrowth, "growth": MemoryGrowth,
	"rss": RSSMean, "memory.rss": RSSMean, "pss": PSSMean, "memory.pss": PSSMean, "uss": WorkerUSS, "docker_stats": DockerStatsMean,
	"error_rate": Errors, "error": Errors, "failures": Errors, "cpu": CPUPerRequest, "latency": "latency.p95", "latency.median": "latency.p50",
	"latency.max": "latency.p99", "throughput": SustainedRate, "rps": SustainedRate, "rate": SustainedRate, "workers": Processes,
}

var bareQuantile = regexp.MustCompile(`^(latency[._]?)?p?([0-9]{2}(\.[0-9]+)?)$`)

// near is the metric that was likely meant by a name that is none; empty: none.
func near(name string) Metric {
	if m := alsoCalled[strings.ToLower(name)]; m != "" {
		return m
	}
	if q := bareQuantile.FindStringSubmatch(strings.ToLower(name)); q != nil {
		return Metric("latency.p" + q[2])
	}
	return Metric(strictyaml.Nearest(name, metricNames()))
}

// UnmarshalText refuses a name that is no metric.
func (m *Metric) UnmarshalText(text []byte) error {
	*m = Metric(text)
	if _, ok := metricUnits[*m]; ok || m.ofService() {
		return nil
	}
	if _, ok := m.ofLog(); ok {
		return nil
	}
	if _, ok := m.ofBeside(); ok {
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
