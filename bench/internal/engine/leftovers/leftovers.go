package leftovers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Patience is how long containers and processes may take to go.
const Patience = 30 * time.Second

// folderPrefix begins the name of a session's folder below os.TempDir.
const folderPrefix = "memproof-"

// Leftovers is where a session may have left something: in its folder, among the
// processes of this machine, and in the places named here.
type Leftovers struct {
	Session string            `json:"session"`
	Places  map[string]string `json:"places,omitempty"` // name of a [Place] to its address
}

// Folder holds a session's files: copies of the programs, Postgres' data.
func (l Leftovers) Folder() string { return filepath.Join(os.TempDir(), folderPrefix+l.Session) }

// MakeFolder makes the session's folder, which Postgres' user must be able to
// pass through.
func (l Leftovers) MakeFolder() error {
	if err := os.Mkdir(l.Folder(), 0o711); err != nil {
		return err
	}
	return os.Chmod(l.Folder(), 0o711) // whatever the umask
}

// Remove removes everything that belongs to the session, whatever made it and
// however it ended. It is safe to call again, and by two processes at once.
func (p Places) Remove(ctx context.Context, l Leftovers) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	errs := []error{EndTagged(ctx, l.Session+"/")}
	for _, place := range p {
		if address := l.Places[place.Name]; address != "" {
			errs = append(errs, place.Remove(ctx, address, l.Session))
		}
	}
	errs = append(errs, os.RemoveAll(l.Folder()))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("clean up after session %s: %w", l.Session, err)
	}
	return nil
}
