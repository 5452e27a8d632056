package prefork

import (
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestBoardIsReadThroughASecondMapping(t *testing.T) {
	ours, file, err := newBoard()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	theirs, err := mapBoard(file, unix.PROT_READ)
	if err != nil {
		t.Fatal(err)
	}
	if got := theirs.read(); got != (Status{}) {
		t.Errorf("before the first publication: %+v", got)
	}
	want := Status{Target: 3, Ready: 2, Spawned: 11, Recycled: 7, Restarted: 1, Tasks: 4}
	ours.publish(want)
	if got := theirs.read(); got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if err := file.Truncate(0); err == nil {
		t.Error("the page could be taken away from its readers")
	}
}

func TestBoardFiguresBelongTogether(t *testing.T) {
	b, file, err := newBoard()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const rounds = 20_000
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range rounds {
			b.publish(Status{i, i, i, i, i, i})
		}
	})
	for last := 0; last < rounds-1; {
		s := b.read()
		if s != (Status{s.Target, s.Target, s.Target, s.Target, s.Target, s.Target}) || s.Target < last {
			t.Fatalf("read %+v after %d", s, last)
		}
		last = s.Target
	}
	writer.Wait()
}
