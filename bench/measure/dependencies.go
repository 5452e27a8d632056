package measure

import (
	"cmp"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// around gathers the readings of the services that the variant uses, in the window.
type dependencies struct {
	seen                   bool
	memory, backends, open series
	beside                 map[string]*series
	missing                map[string]string // the latest reason for a missing reading, by service
}

// MissingBeside is the entry in a sample's Missing for a sidecar without a memory
// reading.
func MissingSidecar(name string) string { return metric.SidecarPrefix + name }

// The entries in a sample's Missing for services without a reading.
const (
	MissingPostgres = "postgres"
	MissingUpstream = "upstream"
)

// aroundMissing reports whether a line of a sample's Missing is about such a service,
// not about the variant itself.
func dependencyMissing(line string) bool {
	who, _, _ := strings.Cut(line, ": ")
	return who == MissingPostgres || who == MissingUpstream || strings.HasPrefix(who, metric.SidecarPrefix)
}

func (a *dependencies) see(s metric.Sample) {
	if s.Dependencies == nil {
		return
	}
	a.seen = true
	take := func(to *series, v *uint64) {
		if v != nil {
			to.add(s.At, *v, true)
		}
	}
	take(&a.memory, s.Dependencies.PostgresMemory)
	take(&a.backends, s.Dependencies.PostgresBackends)
	take(&a.open, s.Dependencies.UpstreamOpen)
	for name, v := range s.Dependencies.Sidecars {
		if a.beside == nil {
			a.beside = map[string]*series{}
		}
		if a.beside[name] == nil {
			a.beside[name] = &series{}
		}
		a.beside[name].add(s.At, v, true)
	}
	for _, line := range s.Missing {
		if who, why, ok := strings.Cut(line, ": "); ok {
			if a.missing == nil {
				a.missing = map[string]string{}
			}
			a.missing[who] = why
		}
	}
}

// around sets the mean of each reading. Runs of older versions have no such readings.
func (m *measurement) dependencies(a dependencies) {
	if !a.seen {
		return
	}
	m.meanDependency(metric.PostgresMemory, a.memory, a.missing[MissingPostgres])
	m.meanDependency(metric.PostgresBackends, a.backends, a.missing[MissingPostgres])
	m.meanDependency(metric.UpstreamOpen, a.open, a.missing[MissingUpstream])
	for _, one := range m.scenario.SidecarsOf(m.trial.Variant) {
		var readings series
		if s := a.beside[one.Name]; s != nil {
			readings = *s
		}
		m.meanDependency(one.Memory(), readings, a.missing[MissingSidecar(one.Name)])
	}
}

func (m *measurement) meanDependency(name metric.Name, readings series, why string) {
	if len(readings) == 0 {
		m.absent(name, "%s", cmp.Or(why, "no sample holds it"))
		return
	}
	m.set(name, readings.mean())
}
