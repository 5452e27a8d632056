package measure

import (
	"cmp"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// around gathers the readings of the services that the variant uses, in the window.
type around struct {
	seen                   bool
	memory, backends, open series
	beside                 map[string]*series
	missing                map[string]string // the latest reason for a missing reading, by service
}

// MissingBeside is the entry in a sample's Missing for a sidecar without a memory
// reading.
func MissingBeside(name string) string { return metric.BesidePrefix + name }

// The entries in a sample's Missing for services without a reading.
const (
	MissingPostgres = "postgres"
	MissingUpstream = "upstream"
)

// aroundMissing reports whether a line of a sample's Missing is about such a service,
// not about the variant itself.
func aroundMissing(line string) bool {
	who, _, _ := strings.Cut(line, ": ")
	return who == MissingPostgres || who == MissingUpstream || strings.HasPrefix(who, metric.BesidePrefix)
}

func (a *around) see(s metric.Sample) {
	if s.Around == nil {
		return
	}
	a.seen = true
	take := func(to *series, v *uint64) {
		if v != nil {
			to.add(s.At, *v, true)
		}
	}
	take(&a.memory, s.Around.PostgresMemory)
	take(&a.backends, s.Around.PostgresBackends)
	take(&a.open, s.Around.UpstreamOpen)
	for name, v := range s.Around.Beside {
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
func (m *measurement) around(a around) {
	if !a.seen {
		return
	}
	m.meanAround(metric.PostgresMemory, a.memory, a.missing[MissingPostgres])
	m.meanAround(metric.PostgresBackends, a.backends, a.missing[MissingPostgres])
	m.meanAround(metric.UpstreamOpen, a.open, a.missing[MissingUpstream])
	for _, one := range m.scenario.CompanionsOf(m.trial.Variant) {
		var readings series
		if s := a.beside[one.Name]; s != nil {
			readings = *s
		}
		m.meanAround(one.Memory(), readings, a.missing[MissingBeside(one.Name)])
	}
}

func (m *measurement) meanAround(name metric.Name, readings series, why string) {
	if len(readings) == 0 {
		m.absent(name, "%s", cmp.Or(why, "no sample holds it"))
		return
	}
	m.set(name, readings.mean())
}
