package load

import (
	"os"
	"testing"
)

// TestHurry: every thread is urgent during an attack, and none after it.
func TestHurry(t *testing.T) {
	usual := ownNice()
	nice, restore := hurry()
	during := ownNice()
	restore()
	if os.Geteuid() == 0 && nice != urgent {
		t.Errorf("root is given nice %d, want %d", nice, urgent)
	}
	if during != nice {
		t.Errorf("the report says nice %d, the thread has %d", nice, during)
	}
	if after := ownNice(); after != usual {
		t.Errorf("nice is %d afterwards, was %d before", after, usual)
	}
}
