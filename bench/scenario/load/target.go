package load

import "time"

// Target is a request to send. Path, headers and body are Go templates; see the package
// generator for the functions that they may call.
type Target struct {
	Name    string            `yaml:"name"`   // unique within a mix
	Weight  int               `yaml:"weight"` // its share of the mix's hits is weight/(sum of weights)
	Method  string            `yaml:"method"`
	Path    string            `yaml:"path" also:"url,uri" secret:"template"`
	Headers map[string]string `yaml:"headers" also:"header" secret:"template"` // by name, which is sent as written
	Body    string            `yaml:"body" secret:"fill"`
	Words   []string          `yaml:"words"`                   // the words of the template function Words
	Data    string            `yaml:"data"`                    // file with the rows of the template function Row: .csv or .jsonl
	Timeout time.Duration     `yaml:"timeout" also:"time_out"` // of one request

	// Lines are the headers of a target from a file, where a name may occur twice.
	Lines []HeaderLine `yaml:"-"`

	Rows  []Row  `yaml:"-"` // the content of Data
	File  string `yaml:"-"` // the file that lists it; empty: the scenario does
	Plain bool   `yaml:"-"` // whether it contains no template
}

// Targets are a list of targets, or the name of a file that lists requests. The
// requests of a file are sent in turn, see [scenario.Inputs.Targets].
type Targets []Target

// UnmarshalText reads the name of a file. Its content is read later, with the
// scenario's other inputs.
func (t *Targets) UnmarshalText(text []byte) error {
	*t = Targets{{File: string(text)}}
	return nil
}

// File returns the name of the file that replaces a list.
func (t Targets) File() (name string, ok bool) {
	if len(t) != 1 || t[0].Path != "" {
		return "", false
	}
	return t[0].File, t[0].File != ""
}
