package postgres

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxConnections is for variants with a pool a worker; Postgres' own default
// is 100.
const maxConnections = "200"

// allSettings are the scenario's settings and the engine's own.
func allSettings(settings map[string]string) map[string]string {
	all := map[string]string{"max_connections": maxConnections}
	maps.Copy(all, settings)
	return all
}

// Args are the server's arguments. The place is where it listens, and
// wins over the settings.
func Args(settings map[string]string, place ...string) (args []string) {
	for _, setting := range append(settingLines(allSettings(settings)), place...) {
		args = append(args, "-c", setting)
	}
	return args
}

// settingLines are the settings as name=value, in the order of their names.
func settingLines(settings map[string]string) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		lines = append(lines, name+"="+settings[name])
	}
	return lines
}

// SettingsFact shows them for the report; all else is Postgres' default.
func SettingsFact(settings map[string]string) string {
	return strings.Join(settingLines(allSettings(settings)), " ")
}

// NewPassword is for a server of a session.
func NewPassword() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x", b)
}
