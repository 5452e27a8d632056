package secret

import (
	"errors"
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
)

// ParseEnv reads a file as docker run --env-file does: NAME=VALUE per line. The value
// runs to the end of the line, its quotes included. Empty lines and lines that begin
// with # are skipped. A name without a value is refused: docker takes it from the
// shell, and a run must not depend on its user's shell.
func ParseEnv(text []byte) (map[string]string, error) {
	env := map[string]string{}
	err := load.EachLine(text, func(raw []byte) error {
		line := strings.TrimRight(string(raw), "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return nil
		}
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimLeft(name, " \t"); !ok || name == "" || strings.ContainsAny(name, " \t") {
			return errors.New("want NAME=VALUE") // the line itself may be a secret
		}
		env[name] = value
		return nil
	})
	return env, err
}

// AddEnv marks the values of an env file that must not be shown: all but switches,
// amounts and paths. ${FILE:NAME} replaces each.
func (v *Vault) AddEnv(file string, env map[string]string) {
	for name, value := range env {
		as := fmt.Sprintf("${%s:%s}", file, name)
		for _, part := range Placeholder.Split(value, -1) {
			if !Harmless(name, part) {
				v.Show(part, as)
			}
		}
		for _, s := range In(name, value) {
			v.Show(value[s.From:s.To], as)
		}
	}
}
