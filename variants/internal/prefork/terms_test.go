package prefork

import (
	"os"
	"strings"
	"testing"
	"time"
)

// FuzzReadTerms: what isn't terms is an error that names the variable, and what is comes out as it went in.
func FuzzReadTerms(f *testing.F) {
	whole, err := Options{MaxRequests: 500, MaxLifetime: time.Hour, Jitter: 0.1}.withDefaults().terms(7).mark()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{strings.TrimPrefix(whole, workerMark+"="), "", "{}", `{"ID":-1}`, `{"Jitter":1e999}`, `[]`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, mark string) {
		t.Setenv(workerMark, "set")
		got, err := readTerms(mark)
		if err != nil {
			if got != (terms{}) || !strings.Contains(err.Error(), workerMark) {
				t.Errorf("%q gives %+v and %v", mark, got, err)
			}
			return
		}
		if _, marked := os.LookupEnv(workerMark); marked {
			t.Error("what this process starts would be workers too")
		}
		again, err := got.mark()
		if err != nil {
			t.Fatal(err)
		}
		if second, err := readTerms(strings.TrimPrefix(again, workerMark+"=")); err != nil || second != got {
			t.Errorf("%q is read as %+v, and that as %+v (%v)", mark, got, second, err)
		}
	})
}
