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
	Things  map[string]int // in places: how many of each type, such as "container"
	Folder  bool
	fate    fate
	at      map[string]string // the places where there are Things, and their addresses
	places  Places
}

// Alive reports whether the process of the session runs.
func (r Remains) Alive() bool { return r.fate == alive }

// Ended reports whether no run can need them: the process of the session has ended
// for certain. A folder alone is on this machine, where a reboot ended all processes.
func (r Remains) Ended() bool {
	return r.fate == ended || r.fate == earlierBoot && r.Folder && len(r.Things) == 0
}

// Remove removes the remains, whether or not the session's process still runs.
func (r Remains) Remove(ctx context.Context) error {
	return r.places.Remove(ctx, Leftovers{Session: r.Session, Places: r.at})
}

// String lists them: "2 containers, 1 network, a folder of files".
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

// Find finds all sessions on this machine, and in the places that a run on it
// would use.
func (p Places) Find(ctx context.Context) ([]Remains, error) {
	at := map[string]string{}
	for _, place := range p {
		at[place.Name] = place.Here(ctx)
	}
	return p.find(ctx, at)
}

// find finds all sessions in the places at those addresses. It ignores what has no
// session's id.
func (p Places) find(ctx context.Context, at map[string]string) ([]Remains, error) {
	found := map[string]*Remains{} // by session
	errs := []error{p.findFolders(found)}
	for _, place := range p {
		address := at[place.Name]
		if address == "" {
			continue
		}
		errs = append(errs, place.Find(ctx, address, func(session, what string, since time.Time) {
			if r := p.remains(found, session, since); r != nil {
				r.Things[what]++
				r.at[place.Name] = address
			}
		}))
	}
	var all []Remains
	for _, id := range slices.Sorted(maps.Keys(found)) {
		all = append(all, *found[id])
	}
	return all, errors.Join(errs...)
}

func (p Places) findFolders(found map[string]*Remains) error {
	entries, err := os.ReadDir(os.TempDir())
	for _, entry := range entries {
		id, ok := strings.CutPrefix(entry.Name(), folderPrefix)
		if !ok {
			continue
		}
		since := time.Time{}
		if info, err := entry.Info(); err == nil {
			since = info.ModTime()
		}
		if r := p.remains(found, id, since); r != nil {
			r.Folder = true
		}
	}
	return err
}

// remains returns the remains of the session found so far; nil for a text that is not
// a session's id.
func (p Places) remains(found map[string]*Remains, id string, since time.Time) *Remains {
	o, ok := parseSession(id)
	if !ok {
		return nil
	}
	r := found[id]
	if r == nil {
		r = &Remains{Session: id, Things: map[string]int{}, fate: o.fateOf(self(), startTime), at: map[string]string{}, places: p}
		found[id] = r
	}
	if !since.IsZero() && (r.Since.IsZero() || since.Before(r.Since)) {
		r.Since = since
	}
	return r
}
