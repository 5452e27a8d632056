package leftovers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// Remains are what a session has, or left, on this machine and in places.
type Remains struct {
	Session string
	Since   time.Time      // when the oldest of them was made; zero: unknown
	Things  map[string]int // in places: how many of each kind, such as "container"
	Folder  bool
	fate    fate
	earlier bool              // of an earlier boot of this installation
	at      map[string]string // the places where there are Things, and their addresses
	places  Places
}

// Alive says that the process of the session runs.
func (r Remains) Alive() bool { return r.fate == alive }

// Ended says that no run can need them: the process of the session has ended for
// certain. A folder alone is on this machine, whose processes all ended when it was
// started anew.
func (r Remains) Ended() bool {
	return r.fate == ended || r.earlier && r.Folder && len(r.Things) == 0
}

// Remove removes the remains, whether or not the session's process still runs.
func (r Remains) Remove(ctx context.Context) error {
	return r.places.Remove(ctx, Leftovers{Session: r.Session, Places: r.at})
}

// String says what there is.
func (r Remains) String() string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(r.Things)) {
		part := fmt.Sprintf("%d %s", r.Things[what], what)
		if r.Things[what] > 1 {
			part += "s"
		}
		parts = append(parts, part)
	}
	if r.Folder {
		parts = append(parts, "a folder of files")
	}
	return strings.Join(parts, ", ")
}

// Find looks for all sessions on this machine, and in the places that a run on it
// would use.
func (p Places) Find(ctx context.Context) ([]Remains, error) { return p.find(ctx, p.here(ctx)) }

// find looks in the places at those addresses. What bears no session's id is nothing
// of ours.
func (p Places) find(ctx context.Context, at map[string]string) ([]Remains, error) {
	f := finder{p, map[string]*Remains{}}
	errs := []error{f.folders()}
	for _, place := range p {
		if address := at[place.Name]; address != "" {
			errs = append(errs, place.Find(ctx, address, f.noteAt(place.Name, address)))
		}
	}
	var all []Remains
	for _, id := range slices.Sorted(maps.Keys(f.found)) {
		all = append(all, *f.found[id])
	}
	return all, errors.Join(errs...)
}

type finder struct {
	places Places
	found  map[string]*Remains // by session
}

// remains are those of the session so far; nil for a text that is no session's id.
func (f finder) remains(id string, since time.Time) *Remains {
	o, ok := parseSession(id)
	if !ok {
		return nil
	}
	r := f.found[id]
	if r == nil {
		r = &Remains{
			Session: id, Things: map[string]int{}, fate: fateOf(id), earlier: o.ofEarlierBoot(self()),
			at: map[string]string{}, places: f.places,
		}
		f.found[id] = r
	}
	if !since.IsZero() && (r.Since.IsZero() || since.Before(r.Since)) {
		r.Since = since
	}
	return r
}

// noteAt takes down what is found in a place.
func (f finder) noteAt(place, address string) Note {
	return func(session, what string, since time.Time) {
		if r := f.remains(session, since); r != nil {
			r.Things[what]++
			r.at[place] = address
		}
	}
}

func (f finder) folders() error {
	found, err := os.ReadDir(os.TempDir())
	for _, entry := range found {
		id, ok := strings.CutPrefix(entry.Name(), folderPrefix)
		if !ok {
			continue
		}
		since := time.Time{}
		if info, err := entry.Info(); err == nil {
			since = info.ModTime()
		}
		if r := f.remains(id, since); r != nil {
			r.Folder = true
		}
	}
	return err
}
