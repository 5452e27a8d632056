package runner

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// machineFacts is what identifies the machine and the builds of a run. A fact
// that cannot be had is left out.
func machineFacts(engine map[string]string) map[string]string {
	facts := map[string]string{
		"os":   runtime.GOOS + "/" + runtime.GOARCH,
		"cpus": strconv.Itoa(runtime.NumCPU()),
		"go":   runtime.Version(),
	}
	add := func(name, value string) {
		if value != "" {
			facts[name] = value
		}
	}
	add("cpu", field("/proc/cpuinfo", "model name"))
	add("memory", field("/proc/meminfo", "MemTotal"))
	add("kernel", firstLine("/proc/sys/kernel/osrelease"))
	add("transparent_hugepages", firstLine("/sys/kernel/mm/transparent_hugepage/enabled"))
	add("memproof", revision())
	maps.Copy(facts, engine)
	return facts
}

// field is the value of the first "name : value" line of a file.
func field(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// revision is the commit that this binary was built from.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	if set["vcs.modified"] == "true" {
		return fmt.Sprintf("%s, with local changes", set["vcs.revision"])
	}
	return set["vcs.revision"]
}
