package chart

import (
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
)

func TestColoursAreDistinctAndRepeat(t *testing.T) {
	seen := map[color.RGBA]bool{}
	for i := range palette {
		seen[colourOf(i)] = true
	}
	if len(seen) != len(palette) || colourOf(len(palette)) != colourOf(0) {
		t.Errorf("%d colours of %d variants", len(seen), len(palette))
	}
}

// TestPicturesShowVariantsInTheirColours: a picture of figures has those of all
// variants, in their own colour or in a tint of it.
func TestPicturesShowVariantsInTheirColours(t *testing.T) {
	t.Parallel()
	run := reporttest.GuideLike().Write(t, t.TempDir())
	m := view.Of(run, reporttest.Judged(t, run))
	tones := func(place int) []color.RGBA { return []color.RGBA{colourOf(place), tint(colourOf(place), 0.4)} }
	for _, o := range []view.Output{Memory, Processes, Latency} {
		text, err := o.Write(m)
		reporttest.Check(t, err)
		path := filepath.Join(run.Dir, o.Name)
		reporttest.Check(t, os.WriteFile(path, text, 0o644))
		reporttest.LookAt(t, path, tones(0), tones(1))
	}
}
