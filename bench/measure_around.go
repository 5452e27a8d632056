package bench

import (
	"cmp"
	"strings"
)

// around gathers what served the variant in the window.
type around struct {
	seen                   bool
	memory, backends, open series
	missing                map[string]string // why the last reading without it is so, by who lacks it
}

// Who a sample's Missing names where a reading of what serves the variant is
// absent.
const (
	MissingPostgres = "postgres"
	MissingUpstream = "upstream"
)

func (a *around) see(s Sample) {
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
	for _, line := range s.Missing {
		if who, why, ok := strings.Cut(line, ": "); ok {
			if a.missing == nil {
				a.missing = map[string]string{}
			}
			a.missing[who] = why
		}
	}
}

// around takes the mean of each reading. A run from before these readings
// existed has none.
func (m *measurement) around(a around) {
	if !a.seen {
		return
	}
	for _, f := range []struct {
		name     Metric
		readings series
		who      string
	}{
		{PostgresMemory, a.memory, MissingPostgres},
		{PostgresBackends, a.backends, MissingPostgres},
		{UpstreamOpen, a.open, MissingUpstream},
	} {
		if len(f.readings) == 0 {
			m.absent(f.name, "%s", cmp.Or(a.missing[f.who], "no sample holds it"))
			continue
		}
		m.set(f.name, f.readings.mean())
	}
}
