package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// tidy removes what sessions left whose process has ended, in the places that
// here names. It tells say of each, and in one line of those that it leaves since
// their process can't be seen from here. What it can't remove is an error, and no
// reason not to run.
func tidy(ctx context.Context, here estate, say func(string)) error {
	found, err := findRemains(ctx, here)
	errs := []error{err}
	foreign := 0
	var oldest time.Time
	for _, r := range found {
		switch {
		case r.Session == here.Session:
		case r.removable():
			say(fmt.Sprintf("removing what an interrupted run left behind (session %s)", r.Session))
			errs = append(errs, r.remove(ctx, here))
		case r.fate == unseen:
			if foreign++; oldest.IsZero() || r.Since.Before(oldest) {
				oldest = r.Since
			}
		}
	}
	if foreign > 0 {
		say(fmt.Sprintf("there are remains of %s whose process can't be seen from here, the oldest %s old; it may still run. To see or remove them: memproof clean",
			sessionsCount(foreign), age(oldest)))
	}
	return errors.Join(errs...)
}

func sessionsCount(n int) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}

// age is in the unit that tells it best.
func age(since time.Time) string {
	switch d := time.Since(since); {
	case since.IsZero():
		return "an unknown time"
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d > 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	default:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
}

// Remains are what a session has, or left, on this machine and the daemon.
type Remains struct {
	Session    string
	Since      time.Time // when the oldest of them was made; zero: unknown
	Containers int
	Networks   int
	Databases  bool
	Folder     bool
	fate       fate
	earlier    bool // of an earlier boot of this installation
}

// Alive says that the process of the session runs.
func (r Remains) Alive() bool { return r.fate == alive }

// Ended says that the process of the session has ended for certain.
func (r Remains) Ended() bool { return r.removable() }

// removable says that no run can need them. A folder alone is on this machine, whose
// processes all ended when it was started anew.
func (r Remains) removable() bool {
	return r.fate == ended || r.earlier && r.Folder && r.Containers+r.Networks == 0 && !r.Databases
}

// remove removes them; from where it can't be known, nothing.
func (r Remains) remove(ctx context.Context, here estate) error {
	e := here
	if e.Session = r.Session; r.Containers+r.Networks == 0 {
		e.Docker = ""
	}
	if !r.Databases {
		e.DSN = ""
	}
	return e.sweep(ctx)
}

// String says what there is.
func (r Remains) String() string {
	var parts []string
	count := func(n int, one string) {
		if n == 1 {
			parts = append(parts, "1 "+one)
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, one))
		}
	}
	count(r.Containers, "container")
	count(r.Networks, "network")
	if r.Databases {
		parts = append(parts, "databases")
	}
	if r.Folder {
		parts = append(parts, "a folder of files")
	}
	return strings.Join(parts, ", ")
}

// FindRemains looks for all sessions on this machine, on the Docker daemon, if one
// answers, and on the Postgres that was given.
func FindRemains(ctx context.Context) ([]Remains, error) { return findRemains(ctx, everywhere(ctx)) }

// Remove removes the remains, whether or not the session's process still runs.
func (r Remains) Remove(ctx context.Context) error { return r.remove(ctx, everywhere(ctx)) }

func everywhere(ctx context.Context) estate {
	e := estate{DSN: os.Getenv(dsnEnv)}
	if d, err := findDaemon(ctx); err == nil {
		e.Docker = d.client.DaemonHost()
		d.client.Close()
	}
	return e
}

// findRemains looks in the places that here names. What bears no session's id is
// nothing of ours.
func findRemains(ctx context.Context, here estate) ([]Remains, error) {
	f := finder{map[string]*Remains{}}
	err := f.folders()
	if here.Docker != "" {
		err = errors.Join(err, f.docker(ctx, here.Docker))
	}
	if here.DSN != "" {
		ids, e := databaseSessions(ctx, here.DSN)
		for _, id := range ids {
			f.note(id, time.Time{}, func(r *Remains) { r.Databases = true })
		}
		err = errors.Join(err, e)
	}
	var all []Remains
	for _, id := range slices.Sorted(maps.Keys(f.found)) {
		all = append(all, *f.found[id])
	}
	return all, err
}

type finder struct{ found map[string]*Remains }

func (f finder) note(id string, since time.Time, add func(*Remains)) {
	o, ok := parseSession(id)
	if !ok {
		return
	}
	r := f.found[id]
	if r == nil {
		r = &Remains{Session: id, fate: fateOf(id), earlier: o.ofEarlierBoot(self())}
		f.found[id] = r
	}
	if !since.IsZero() && (r.Since.IsZero() || since.Before(r.Since)) {
		r.Since = since
	}
	add(r)
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
		f.note(id, since, func(r *Remains) { r.Folder = true })
	}
	return err
}

// docker reads the labels of containers and networks.
func (f finder) docker(ctx context.Context, host string) error {
	c, err := dial(host)
	if err != nil {
		return err
	}
	defer c.Close()
	filters := make(client.Filters).Add("label", sessionLabel)
	containers, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	for _, item := range containers.Items {
		f.note(item.Labels[sessionLabel], time.Unix(item.Created, 0), func(r *Remains) { r.Containers++ })
	}
	networks, err := c.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	if err != nil {
		return fmt.Errorf("list networks: %w", err)
	}
	for _, item := range networks.Items {
		f.note(item.Labels[sessionLabel], item.Created, func(r *Remains) { r.Networks++ })
	}
	return nil
}
