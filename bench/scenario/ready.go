package scenario

import (
	"cmp"
	"time"
)

func (c checker) readyDefaults() {
	r := &c.sc.Ready
	if !r.TCP && r.Log == "" && !c.Has("ready.path") {
		r.Path = "/"
	}
	c.waitDefaults("ready", r)
}

// waitDefaults fills in the defaults of every ready check.
func (c checker) waitDefaults(field string, r *Ready) {
	if r.Log != "" && !c.Has(field+".times") {
		r.Times = 1
	}
	r.Within = cmp.Or(r.Within, time.Minute)
}

func (c checker) ready(field string, r Ready) {
	switch {
	case r.Path != "" && (r.TCP || r.Log != "") || r.TCP && r.Log != "":
		c.Fail(field, "wants one check: a path that answers 200, tcp, or a text of the log")
	case c.Has(field+".times") && (r.Log == "" || r.Times < 1):
		c.Fail(field+".times", "is how many lines of the log hold the text: want 1 or more beside log")
	case c.Has(field+".log") && r.Log == "":
		c.Fail(field+".log", "is empty, and every line would hold it: want a text that marks the line")
	case !r.TCP && r.Log == "":
		c.path(field+".path", r.Path)
	}
}

// Ready is the check that ends a variant's start: one of Path, TCP and Log.
type Ready struct {
	Path string `yaml:"path" also:"url,uri"` // a GET of it must answer 200; / by default
	TCP  bool   `yaml:"tcp"`                 // the port must accept a connection
	// Log is a text that a line of the variant's log must contain. Times is the
	// required number of such lines, such as one for each worker; 1 by default.
	Log    string        `yaml:"log"`
	Times  int           `yaml:"times"`
	Within time.Duration `yaml:"within"`
}
