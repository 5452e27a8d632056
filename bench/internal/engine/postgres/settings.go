package postgres

import (
	"crypto/rand"
	"maps"
	"slices"
	"strings"
)

// withDefaults returns the scenario's settings and the engine's own: connections for
// variants with a pool in each worker, where Postgres' default is 100.
func withDefaults(settings map[string]string) map[string]string {
	all := map[string]string{"max_connections": "200"}
	maps.Copy(all, settings)
	return all
}

// Args returns the server's arguments. The address, settings such as "port=5432", wins
// over the scenario's settings.
func Args(settings map[string]string, address ...string) (args []string) {
	for _, setting := range append(settingLines(withDefaults(settings)), address...) {
		args = append(args, "-c", setting)
	}
	return args
}

// settingLines returns the settings as name=value, sorted by name.
func settingLines(settings map[string]string) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		lines = append(lines, name+"="+settings[name])
	}
	return lines
}

// SettingsFact returns the settings for the report. Those not named have Postgres' default.
func SettingsFact(settings map[string]string) string {
	return strings.Join(settingLines(withDefaults(settings)), " ")
}

// NewPassword returns a random password for a server of a session.
func NewPassword() string { return rand.Text() }
