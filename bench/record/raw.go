package record

import (
	"errors"
	"io/fs"
)

// NoRawData is the error of a run directory that lacks what its trials recorded, as
// most of those in a repository do.
type NoRawData struct{ Path string }

func (e NoRawData) Error() string {
	return e.Path + ": the raw data of this run is not here, so it can't be judged, reported or resumed: " +
		"put it back, or run the scenario again; what was found stands in report.md and verdict.json"
}

// Unwrap says that it is of a file that does not exist.
func (NoRawData) Unwrap() error { return fs.ErrNotExist }

// missing names what is not there as raw data.
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return NoRawData{path}
	}
	return err
}
