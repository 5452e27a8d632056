// Package leftovers knows what belongs to a session, and removes it.
//
// What a session made is removed in one of three ways. The session removes it at its
// end. If the session's process is killed before that, a watchdog removes it: a copy of
// the program that waits for the end of a pipe, which the kernel closes for a killed
// parent. What the watchdog left too, after a power cut for instance, is removed by
// the next session on the machine. All three call [Places.Remove], which finds what
// belongs to a session by its id: in the tag of processes, in the name of its folder,
// and in each [Place] of the engines, such as the labels of containers.
//
// The package removes nothing of a session whose process may still run, unless a
// person asks for it.
package leftovers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Patience is how long containers and processes may take to end.
const Patience = 30 * time.Second

// folderPrefix begins the name of a session's folder below os.TempDir.
const folderPrefix = "memproof-"

// Leftovers is where a session may have left something: in its folder, among the
// processes of this machine, and in the places named here.
type Leftovers struct {
	Session string            `json:"session"`
	Places  map[string]string `json:"places,omitempty"` // name of a [Place] to its address
}

// Folder returns the path of the session's files: copies of the programs, Postgres' data.
func (l Leftovers) Folder() string { return filepath.Join(os.TempDir(), folderPrefix+l.Session) }

// MakeFolder makes the session's folder, through which Postgres' user must be able to
// pass.
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

// RemoveAbandoned removes what sessions left whose process has ended, in the places
// of the session l. It reports each of them to say, and how many it leaves since
// their process can't be seen from here. What it can't remove is an error, but no
// reason not to run.
func (p Places) RemoveAbandoned(ctx context.Context, l Leftovers, say func(string)) error {
	found, err := p.find(ctx, l.Places)
	errs := []error{err}
	left := 0
	for _, r := range found {
		switch {
		case r.Session == l.Session || r.Alive():
		case r.Ended():
			say(fmt.Sprintf("removing what an interrupted run left behind (session %s)", r.Session))
			errs = append(errs, r.Remove(ctx))
		default:
			left++
		}
	}
	if left > 0 {
		say(fmt.Sprintf("%d earlier sessions may still run: their processes can't be seen from here. "+
			"memproof clean lists and removes what they have", left))
	}
	return errors.Join(errs...)
}
