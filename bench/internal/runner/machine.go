package runner

import (
	"maps"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
)

// kernelFacts are the files of the kernel that identify a machine. The fact is the
// group of the pattern.
var kernelFacts = []struct {
	name, path string
	pattern    *regexp.Regexp
}{
	{"cpu", "/proc/cpuinfo", regexp.MustCompile(`(?m)^model name\s*:\s*(.*\S)`)},
	{"memory", "/proc/meminfo", regexp.MustCompile(`(?m)^MemTotal:\s*(.*\S)`)},
	{"kernel", "/proc/sys/kernel/osrelease", regexp.MustCompile(`(.+)`)},
	{"transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled", regexp.MustCompile(`(.+)`)},
}

// machineFacts returns what identifies the machine and the builds of a run. A fact that
// cannot be read is left out.
func machineFacts(engine map[string]string) map[string]string {
	facts := map[string]string{
		"os":   runtime.GOOS + "/" + runtime.GOARCH,
		"cpus": strconv.Itoa(runtime.NumCPU()),
		"go":   runtime.Version(),
	}
	for _, f := range kernelFacts {
		text, err := os.ReadFile(f.path)
		if found := f.pattern.FindSubmatch(text); err == nil && found != nil {
			facts[f.name] = string(found[1])
		}
	}
	if commit := revision(); commit != "" {
		facts["memproof"] = commit
	}
	maps.Copy(facts, engine)
	return facts
}

// revision returns the commit that this binary was built from; empty if unknown.
func revision() (commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	changed := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", with local changes"
		}
	}
	return commit + changed
}
