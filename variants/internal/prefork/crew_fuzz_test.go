package prefork

import (
	"errors"
	"log/slog"
	"slices"
	"syscall"
	"testing"
	"time"
)

// world is a crew together with workers that behave: one that was spawned
// becomes ready when its turn comes, one that was told to leave leaves.
type world struct {
	*crew
	t       *testing.T
	clock   time.Time
	booting []int
	told    []int
	reloads int
	status  Status
}

func newWorld(t *testing.T, workers int) *world {
	w := &world{t: t, clock: time.Unix(1000, 0)}
	opts := Options{Workers: workers, Log: slog.New(slog.DiscardHandler), Reload: w.reload}
	w.crew = newCrew(opts.withDefaults(), 0, procs{
		spawn:   func(t terms) (int, error) { w.booting = append(w.booting, t.ID); return t.ID, nil },
		tell:    w.tell,
		kill:    func(id int, _ syscall.Signal) { w.told = append(w.told, id) },
		refuse:  func() {},
		publish: func(s Status) { w.status = s },
	}, func() time.Time { return w.clock })
	w.settle()
	w.boot()
	return w
}

// reload changes the number of workers, but for every third time, which fails.
func (w *world) reload() (Options, error) {
	w.reloads++
	if w.reloads%3 == 0 {
		return Options{}, errors.New("no such file")
	}
	return Options{Workers: 1 + w.reloads*5%9}, nil
}

// tell checks the promise of the package: a worker that serves is told to drain
// only while as many others as are wanted serve.
func (w *world) tell(id int, m message) {
	w.told = append(w.told, id)
	if others := w.count(ready); m == msgDrain && !slices.Contains(w.booting, id) && others < w.target {
		w.t.Fatalf("worker %d is to drain: %d of %d are ready without it", id, others, w.target)
	}
}

func (w *world) boot() {
	for len(w.booting) > 0 {
		w.oneBoots()
	}
}

func (w *world) oneBoots() {
	if len(w.booting) > 0 {
		id := w.booting[0]
		w.booting = w.booting[1:]
		w.heard(id, msgReady)
	}
}

func (w *world) oneLeaves() {
	if len(w.told) > 0 {
		id := w.told[0]
		w.told = w.told[1:]
		w.gone(id, 0)
	}
}

func (w *world) gone(id int, status syscall.WaitStatus) {
	w.booting = slices.DeleteFunc(w.booting, func(b int) bool { return b == id })
	w.exited(id, end{status: status})
}

// happens makes one event of a byte: its low bits say what, the others whom.
func (w *world) happens(b byte) {
	var whom int
	if len(w.members) > 0 {
		whom = w.members[int(b>>4)%len(w.members)].id
	}
	switch b & 15 {
	case 0, 1:
		w.oneBoots()
	case 2, 3:
		w.oneLeaves()
	case 4, 5:
		w.heard(whom, msgRequests)
	case 6:
		w.heard(whom, msgLifetime)
	case 7:
		w.gone(whom, syscall.WaitStatus(syscall.SIGKILL))
	case 8:
		w.gone(whom, exitBoot<<8)
	case 9:
		w.signalled(syscall.SIGHUP)
	case 10:
		w.signalled(syscall.SIGTTIN)
	case 11:
		w.signalled(syscall.SIGTTOU)
	case 12:
		w.clock = w.clock.Add(time.Second)
		w.tick()
	case 13:
		w.clock = w.clock.Add(minBackoff)
		w.settle()
	default:
		w.heard(whom, msgBeat)
	}
}

// FuzzCrew lets anything happen in any order. No ready worker is ever given up
// without need, and when quiet comes the service stands, with no worn worker.
func FuzzCrew(f *testing.F) {
	f.Add(uint8(3), []byte{0x04, 0x14, 0x24, 0x00, 0x02, 0x00, 0x02, 0x00, 0x02})
	f.Add(uint8(1), []byte{0x09, 0x08, 0x0d, 0x07, 0x0c, 0x0b, 0x0a, 0x09, 0x00, 0x0b})
	f.Add(uint8(9), []byte{0x09, 0x0b, 0x0b, 0x00, 0x07, 0x17, 0x27, 0x0c, 0x0a, 0x02})
	f.Fuzz(func(t *testing.T, workers uint8, events []byte) {
		w := newWorld(t, 1+int(workers%9))
		events = events[:min(len(events), 256)] // the end takes a time square in their number
		for _, b := range events {
			w.happens(b)
		}
		for range 4*len(w.members) + 4*len(events) + 40 {
			w.clock = w.clock.Add(time.Second)
			w.tick()
			w.boot()
			w.oneLeaves()
			for _, m := range w.members {
				w.heard(m.id, msgBeat)
			}
		}
		if w.status.Ready != w.target || len(w.members) != w.target || len(w.worn) != 0 {
			t.Errorf("in the end %d of %d workers are ready, %d exist, %d are worn",
				w.status.Ready, w.target, len(w.members), len(w.worn))
		}
	})
}
