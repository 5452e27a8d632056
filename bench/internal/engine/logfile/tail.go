package logfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/memproof/memproof/bench/internal/printable"
)

// A message shows at most so much of a log.
const (
	tailLines = 20
	tailBytes = 8 << 10
)

// Tail returns the last lines of a log.
func Tail(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	from := max(0, info.Size()-tailBytes)
	text, err := io.ReadAll(io.NewSectionReader(f, from, tailBytes))
	if err != nil {
		return "", err
	}
	if from > 0 { // begin with a whole line, unless there is only one
		if _, whole, ok := bytes.Cut(text, []byte("\n")); ok && len(whole) > 0 {
			text = whole
		}
	}
	lines := strings.Split(strings.TrimRight(printable.Text(string(text)), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n"), nil
}

// QuoteTail ends a message with the last lines of a log.
func QuoteTail(path string) string {
	switch text, err := Tail(path); {
	case err != nil:
		return fmt.Sprintf("; its log can't be read: %v", err)
	case text == "":
		return "; it wrote nothing"
	default:
		return "; its last lines:\n  " + strings.ReplaceAll(text, "\n", "\n  ")
	}
}
