package record

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// ArtefactPrefix begins the names of artefacts in [StudyMeta.Measured]:
// "artefact.variant.after".
const ArtefactPrefix = "artefact."

// Changed lists the fields in which another study measures something else, sorted:
// "claims.size.value.at_most: 800 MB, was 700 MB". Of an artefact it tells the arm.
func (m StudyMeta) Changed(since StudyMeta) (lines []string) {
	names := maps.Clone(m.Measured)
	maps.Copy(names, since.Measured)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		is, now := m.Measured[name]
		was, then := since.Measured[name]
		if is == was && now == then {
			continue
		}
		title := fieldTitle(name)
		is, was = m.shown(name, is), since.shown(name, was)
		switch {
		case !then:
			lines = append(lines, fmt.Sprintf("%s: %s, was not set", title, is))
		case !now:
			lines = append(lines, fmt.Sprintf("%s: not set, was %s", title, was))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s, was %s", title, is, was))
		}
	}
	return lines
}

// fieldTitle is the name of a field for a person: "the program of after", else
// the path that it has in the scenario.
func fieldTitle(name string) string {
	if program, ok := strings.CutPrefix(name, ArtefactPrefix); ok {
		return "the program of " + strings.Replace(strings.TrimPrefix(program, "variant."), ".", " ", 1)
	}
	for _, prefix := range []string{"input.", "env_file."} {
		if file, ok := strings.CutPrefix(name, prefix); ok {
			return "the file " + file
		}
	}
	return name
}

// shown is a value for a person: a hash in short, and the bound of a claim in its unit.
func (m StudyMeta) shown(name, value string) string {
	switch {
	case strings.HasPrefix(name, ArtefactPrefix), strings.HasPrefix(name, "input."), strings.HasPrefix(name, "env_file."):
		return shortHash(value)
	}
	parts := strings.Split(name, ".")
	if len(parts) != 4 || parts[0] != "claims" {
		return value
	}
	if parts[3] != "at_least" && parts[3] != "at_most" {
		return value
	}
	return showBound(metric.Name(m.Measured["claims."+parts[1]+".metric"]), comparison.Name(parts[2]), value)
}

// showBound is the end of a bound in its unit. A name that this memproof does not know
// leaves the value as it is.
func showBound(m metric.Name, of comparison.Name, value string) string {
	x, err := strconv.ParseFloat(value, 64)
	_, known := metric.Lookup(m)
	i := slices.IndexFunc(comparison.All, func(c comparison.Comparison) bool { return c.Facts().Name == of })
	if err != nil || !known || i < 0 {
		return value
	}
	return comparison.All[i].Show(m, x) + m.Per()
}

// shortHash is the beginning of a digest: enough to tell two apart.
func shortHash(digest string) string {
	const digits = 12
	if hash := strings.TrimPrefix(digest, "sha256:"); len(hash) > digits {
		return strings.TrimSuffix(digest, hash) + hash[:digits]
	}
	return digest
}
