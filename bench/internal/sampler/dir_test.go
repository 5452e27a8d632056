package sampler

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestReadOfFilesOfAnySize(t *testing.T) {
	for _, size := range []int{0, 1, 4095, 4096, 4097, 100_000, 3} { // large before small: the buffer is used again
		text := strings.Repeat("x", size)
		d := files{"f": text}.dir()
		d.buf = []byte("left over")
		if got, err := d.read("f"); err != nil || string(got) != text {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
}

func TestReadNamesTheWholePath(t *testing.T) {
	_, err := openDir("testdata/v1").read("memory/none")
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "read testdata/v1/memory/none: no such file or directory" {
		t.Errorf("got %v", err)
	}
	_, err = openDir("testdata").read("v1") // a directory can be opened, not read
	if err == nil || !strings.HasPrefix(err.Error(), "read testdata/v1: ") || strings.Count(err.Error(), "v1") != 1 {
		t.Errorf("got %v", err)
	}
}
