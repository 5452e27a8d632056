package reporttest

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// LookAt fails unless the file is a picture of the usual width, not blank, with nothing at
// its edge, that shows each of the colours in one of its tones.
func LookAt(t *testing.T, path string, colours ...[]color.RGBA) {
	t.Helper()
	file, img := filepath.Base(path), opened(t, path)
	size := img.Bounds().Size()
	if size.X != 1600 {
		t.Errorf("%s is %d pixels wide, want 1600", file, size.X)
	}
	painted, found := 0, map[color.RGBA]int{}
	for i := range size.X * size.Y {
		x, y := i%size.X, i/size.X
		c := img.RGBAAt(x, y)
		if c == (color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}) {
			continue
		}
		painted++
		found[c]++
		if x == 0 || y == 0 || x == size.X-1 || y == size.Y-1 {
			t.Fatalf("%s: something is cut off at %d,%d", file, x, y)
		}
	}
	if painted < size.X*size.Y/50 {
		t.Errorf("%s: %d of %d pixels are painted", file, painted, size.X*size.Y)
	}
	for i, tones := range colours {
		n := 0
		for _, c := range tones {
			n += found[c]
		}
		if n < 500 {
			t.Errorf("%s: %d pixels in the colour of variant %d", file, n, i)
		}
	}
}

// opened decodes a picture without transparency.
func opened(t *testing.T, path string) *image.RGBA {
	t.Helper()
	f, err := os.Open(path)
	Check(t, err)
	defer f.Close()
	decoded, err := png.Decode(f)
	Check(t, err)
	img, ok := decoded.(*image.RGBA)
	if !ok {
		t.Fatalf("%s is a %T", path, decoded)
	}
	return img
}

// Same fails unless two figures are equal but for the last digits of a sum.
func Same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9*math.Max(math.Abs(want), 1e-9) {
		t.Errorf("%s: %v, the table has %v", what, got, want)
	}
}
