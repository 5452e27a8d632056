package sampler

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
)

// errVanished is a pid whose process ended between the reading of two of its files.
type errVanished int

func (pid errVanished) Error() string {
	return fmt.Sprintf("pid %d vanished while being read", int(pid))
}

// processes reads the root process and its descendants. With details it reads what is
// costly too; notes name what of that is absent, and why.
func (t *tree) processes(details bool) (list []metric.Process, notes []string, err error) {
	list, notes, err = t.readOnce(details)
	if vanished := errVanished(0); errors.As(err, &vanished) {
		return t.readOnce(details)
	}
	return list, notes, err
}

func (t *tree) readOnce(details bool) (list []metric.Process, notes []string, err error) {
	family, err := t.find()
	if err != nil {
		return nil, nil, err
	}
	list = make([]metric.Process, len(family))
	for i, s := range family {
		if list[i], err = t.process(s); err != nil {
			return nil, nil, err
		}
	}
	if details {
		notes, err = t.addDetails(list)
	}
	if err != nil {
		return nil, nil, err
	}
	return list, notes, nil
}

// process reads what is cheap: some microseconds a process.
func (t *tree) process(s stat) (metric.Process, error) {
	name := strconv.Itoa(s.pid) + "/statm"
	text, err := t.proc.readOften(name)
	if gone(err) {
		return metric.Process{}, errVanished(s.pid)
	}
	if err != nil {
		return metric.Process{}, err
	}
	pages, err := parseStatm(text)
	if err != nil {
		return metric.Process{}, t.proc.wrap(name, err)
	}
	if pages == 0 { // it has released its memory and is about to end
		return metric.Process{}, errVanished(s.pid)
	}
	return metric.Process{
		PID: s.pid, PPID: s.ppid, Start: s.start, Name: s.name,
		RSS:     pages * uint64(os.Getpagesize()),
		Threads: s.threads,
		CPU:     float64(s.ticks) / ostime.TicksPerSecond,
	}, nil
}

// addDetails adds PSS, USS, huge pages, swap and the number of open files: milliseconds
// a process. What may not be read, for want of a capability, is absent, with one note.
// The number of open files is absent without a note: no metric uses it, and to list
// those of another user takes one more capability.
func (t *tree) addDetails(list []metric.Process) (notes []string, err error) {
	if !t.rollup {
		return []string{noPSS(errNoRollup)}, nil
	}
	var denied error
	for i := range list {
		p := &list[i]
		if err := t.addRollup(p); gone(err) {
			return nil, errVanished(p.PID)
		} else if denied == nil {
			denied = err
		}
		if err := t.addFDs(p); gone(err) {
			return nil, errVanished(p.PID)
		} else if err != nil && !errors.Is(err, fs.ErrPermission) {
			notes = append(notes, fmt.Sprintf("fds: %v", err))
		}
	}
	if denied != nil {
		notes = append(notes, noPSS(denied))
	}
	return notes, nil
}

// noPSS is the note that says why PSS is absent.
func noPSS(why error) string { return fmt.Sprintf("%s: %v", metric.MissingPSS, why) }

func (t *tree) addRollup(p *metric.Process) error {
	name := strconv.Itoa(p.PID) + "/smaps_rollup"
	text, err := t.proc.read(name)
	if err != nil {
		return err
	}
	if err := parseRollup(text, p); err != nil {
		return t.proc.wrap(name, err)
	}
	return nil
}

func (t *tree) addFDs(p *metric.Process) error {
	entries, err := t.proc.list(strconv.Itoa(p.PID) + "/fd")
	if err == nil {
		p.FDs = new(len(entries))
	}
	return err
}
