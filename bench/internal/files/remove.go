package files

import (
	"errors"
	"io/fs"
	"os"
)

// RemoveEmpty removes a folder that holds nothing. One that holds something stays, without
// an error, and one that is gone already is none either.
func RemoveEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || len(entries) > 0 {
		return err
	}
	return os.Remove(dir)
}
