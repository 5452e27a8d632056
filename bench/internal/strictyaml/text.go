package strictyaml

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxSize is far more than a person writes.
const maxSize = 4 << 20

// unreadable says why the text can't be YAML, nil if it may be. The library would
// say the same of some, without a place.
func unreadable(text []byte) *Problem {
	if len(text) > maxSize {
		return &Problem{Line: 1, Column: 1, What: fmt.Sprintf("the file has %d bytes: want at most %d; put data into files of its own", len(text), maxSize)}
	}
	if bytes.HasPrefix(text, []byte{0xfe, 0xff}) || bytes.HasPrefix(text, []byte{0xff, 0xfe}) {
		return nil // UTF-16, which YAML allows
	}
	for i, r := range string(text) {
		switch _, size := utf8.DecodeRune(text[i:]); {
		case r == utf8.RuneError && size == 1:
			return at(text, i, "the byte 0x%x is no UTF-8: save the file as UTF-8", text[i])
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return at(text, i, "the control character 0x%02x: want a text file", r)
		}
	}
	return nil
}

// at is a problem at the byte of that index.
func at(text []byte, i int, format string, args ...any) *Problem {
	line := bytes.Count(text[:i], []byte("\n")) + 1
	column := utf8.RuneCount(text[bytes.LastIndexByte(text[:i], '\n')+1:i]) + 1
	return &Problem{Line: line, Column: column, What: fmt.Sprintf(format, args...)}
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxProblem takes the line out of the YAML library's message.
func syntaxProblem(text []byte, err error) *Problem {
	p := &Problem{Line: 1, Column: 1, What: err.Error()}
	if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
		p.What = "this is no YAML: " + m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			p.Line = line
		}
	}
	if line, column := tabNear(text, p.Line); line > 0 {
		return &Problem{Line: line, Column: column, What: "a tab: indent with spaces, YAML allows no tabs there"}
	}
	return p
}

var indentTab = regexp.MustCompile(`^ *\t`)

// tabNear finds a line that is indented with a tab, at the line or beside it: the
// library often names a neighbour.
func tabNear(text []byte, line int) (at, column int) {
	lines := bytes.Split(text, []byte("\n"))
	for i := max(1, line-1); i <= min(line+1, len(lines)); i++ {
		if tab := indentTab.Find(lines[i-1]); tab != nil {
			return i, len(tab)
		}
	}
	return 0, 0
}

// sortProblems puts them in the order of the lines, those of the file first.
func sortProblems(ps Problems, file string) {
	name := func(p Problem) string {
		if p.File == file {
			return ""
		}
		return p.File
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(name(a), name(b)), a.Line-b.Line, a.Column-b.Column)
	})
}
