package report

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// lookAt fails unless the file is a picture as wide as all are, neither blank
// nor cut off at its edge, that shows the colours of the variants at those
// places of the scenario.
func lookAt(t *testing.T, dir, file string, places []int) {
	t.Helper()
	img := opened(t, filepath.Join(dir, file))
	size := img.Bounds().Size()
	if size.X != 1600 {
		t.Errorf("%s is %d pixels wide, want 1600", file, size.X)
	}
	painted, found := 0, map[color.RGBA]int{}
	for _, p := range places {
		found[colourOf(p)], found[tint(colourOf(p), 0.4)] = 0, 0
	}
	for i := range size.X * size.Y {
		x, y := i%size.X, i/size.X
		c := img.RGBAAt(x, y)
		if c == white {
			continue
		}
		painted++
		if x == 0 || y == 0 || x == size.X-1 || y == size.Y-1 {
			t.Fatalf("%s: something is cut off at %d,%d", file, x, y)
		}
		if _, ok := found[c]; ok {
			found[c]++
		}
	}
	if painted < size.X*size.Y/50 {
		t.Errorf("%s: %d of %d pixels are painted", file, painted, size.X*size.Y)
	}
	for _, p := range places {
		if n := found[colourOf(p)] + found[tint(colourOf(p), 0.4)]; n < 500 {
			t.Errorf("%s: %d pixels in the colour of variant %d", file, n, p)
		}
	}
}

// opened is a picture as the decoder makes it of one without transparency.
func opened(t *testing.T, path string) *image.RGBA {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	decoded, err := png.Decode(f)
	check(t, err)
	img, ok := decoded.(*image.RGBA)
	if !ok {
		t.Fatalf("%s is a %T", path, decoded)
	}
	return img
}

func TestSpreadKeepsNamesApart(t *testing.T) {
	ends := []ending{{y: 52}, {y: 50}, {y: 51}, {y: 3}, {y: 99}}
	spread(ends, 10, 0, 100)
	for i := 1; i < len(ends); i++ {
		if d := ends[i].y - ends[i-1].y; d < 10 {
			t.Errorf("names %d and %d are %v apart, want 10: %v", i-1, i, d, ends)
		}
	}
	if ends[0].y < 0 || ends[len(ends)-1].y > 100 {
		t.Errorf("a name left the plot: %v", ends)
	}
}

func TestColoursComeAroundAndCanBeTold(t *testing.T) {
	seen := map[color.RGBA]bool{}
	for i := range palette {
		seen[colourOf(i)] = true
	}
	if len(seen) != len(palette) || colourOf(len(palette)) != colourOf(0) {
		t.Errorf("%d colours of %d variants", len(seen), len(palette))
	}
}
