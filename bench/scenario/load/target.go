package load

import "time"

// Target is a request to send. Path, headers and body are Go templates; see
// the package load for the functions they may call.
type Target struct {
	Name    string            `yaml:"name"`   // within the targets of a mix
	Weight  int               `yaml:"weight"` // of the mix's hits it gets weight/(sum of weights)
	Method  string            `yaml:"method"`
	Path    string            `yaml:"path" also:"url,uri"`
	Headers map[string]string `yaml:"headers" also:"header"` // by name, which is sent in this case
	Body    string            `yaml:"body"`
	Words   []string          `yaml:"words"`                   // what the template function Words draws from
	Data    string            `yaml:"data"`                    // file of the rows that Row draws from: .csv or .jsonl
	Timeout time.Duration     `yaml:"timeout" also:"time_out"` // of one request

	// Lines are the headers of a target of a file, where a name may stand again.
	Lines []HeaderLine `yaml:"-"`

	Rows  []Row  `yaml:"-"` // what Data holds
	File  string `yaml:"-"` // that lists it; empty: the scenario does
	Plain bool   `yaml:"-"` // none of it is a template
}

// Targets are a list of targets, or the name of a file that lists requests, see
// [scenario.Inputs.Targets], which are sent in turn.
type Targets []Target

// UnmarshalText takes the name of a file. What it holds is read with the
// scenario's other inputs.
func (t *Targets) UnmarshalText(text []byte) error {
	*t = Targets{{File: string(text)}}
	return nil
}

// File is the file that stands in the place of a list.
func (t Targets) File() (name string, ok bool) {
	if len(t) != 1 || t[0].Path != "" {
		return "", false
	}
	return t[0].File, t[0].File != ""
}
