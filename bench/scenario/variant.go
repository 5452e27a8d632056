package scenario

import (
	"fmt"

	"github.com/memproof/memproof/bench/scenario/program"
)

// What a scenario starts; see package program.
type (
	Build      = program.Build
	Program    = program.Program
	Stop       = program.Stop
	StopSignal = program.StopSignal
	Ready      = program.Ready
)

// Variant is one build and configuration of the service under test.
type Variant struct {
	Name string `yaml:"name"`

	Build   Build    `yaml:"build"` // its source, see [Program]
	Image   string   `yaml:"image" also:"docker_image,container"`
	Command []string `yaml:"command" also:"cmd,entrypoint" secret:"hide"`
	Args    []string `yaml:"args" also:"arguments" secret:"hide"`

	// Env is added to the scenario's. Placeholders in a value, in Args, in Command and
	// in the text of Files are filled in: ${database.url}, ${upstream.url},
	// ${upstream.ca} (a PEM certificate), ${port}, ${cpus}, ${files} (the directory of
	// Files) and ${NAME.address} of a sidecar. ${env.NAME} takes a variable of
	// memproof's own environment, whose value is neither stored nor shown.
	Env     map[string]string `yaml:"env" also:"environment,variables" secret:"hide"`
	EnvFile string            `yaml:"env_file" also:"envfile,environment_file"` // a file with more variables, NAME=VALUE a line
	User    string            `yaml:"user"`                                     // user in its container, by name or number, optionally with :group; the image's by default
	// Files are added to the scenario's.
	Files map[string]string `yaml:"files" also:"volumes,mounts,configs"`
	// Sidecars are added to the scenario's.
	Sidecars []Sidecar `yaml:"sidecars" also:"beside,depends_on,dependencies"`
	// Expect is the required answer of InfoPath, key by key. Any other value makes the
	// trial invalid: it measured the wrong variant.
	Expect map[string]string `yaml:"expect"`
}

// Program returns the variant as something to start.
func (v Variant) Program() Program {
	return Program{Build: v.Build, Image: v.Image, Command: v.Command, Args: v.Args}
}

func (c checker) variants() {
	if len(c.sc.Variants) < 1 {
		c.Fail("variants", "is missing: want at least one variant, such as\n  - {name: before, build: ./variants/before}")
	}
	taken := names{}
	for i, v := range c.sc.Variants {
		field := fmt.Sprintf("variants[%d]", i)
		taken.add(c, field+".name", v.Name, "variant")
		c.noControl(field+".name", v.Name)
		v.Program().Check(c.Document, field, true, c.in.Builds)
		if v.User != "" {
			c.matches(field+".user", v.User, userName, "a user of the image such as www-data, 1000 or 1000:1000")
			if v.Build.Package != "" && !userNumber.MatchString(v.User) {
				c.Fail(field+".user", "%q is a name, and the image of a Go package has no names: want a number such as 1000", v.User)
			}
		}
		c.sidecars(field+".sidecars", v.Sidecars, c.sc.Sidecars)
		c.placeholdersOf(field, v.Program(), v.Env, c.known(c.sc.SidecarsFor(v)))
		c.expectations(field+".expect", v.Expect)
	}
}

func (c checker) expectations(field string, expect map[string]string) {
	if len(expect) > 0 && c.sc.InfoPath == "" {
		c.Fail(field, "needs info_path: set it to the path of a JSON object with these keys")
	}
}
