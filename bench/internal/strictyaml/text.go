package strictyaml

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"
)

const maxSize = 4 << 20 // bytes; far more than a person writes

// unreadable finds bytes that are not a text. The library would refuse some of them without
// a place.
func unreadable(text []byte) *Problem {
	if len(text) > maxSize {
		return at(text, 0, "the file has %d bytes: want at most %d; put data into files of their own", len(text), maxSize)
	}
	if bytes.HasPrefix(text, []byte{0xfe, 0xff}) || bytes.HasPrefix(text, []byte{0xff, 0xfe}) {
		return nil // UTF-16, which YAML allows
	}
	for i, r := range string(text) {
		switch _, size := utf8.DecodeRune(text[i:]); {
		case r == utf8.RuneError && size == 1:
			return at(text, i, "byte 0x%x is not UTF-8: save the file as UTF-8", text[i])
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return at(text, i, "control character 0x%02x: want a text file", r)
		}
	}
	return nil
}

// at returns a problem at the byte with that index.
func at(text []byte, i int, format string, args ...any) *Problem {
	line := bytes.Count(text[:i], []byte("\n")) + 1
	column := utf8.RuneCount(text[bytes.LastIndexByte(text[:i], '\n')+1:i]) + 1
	return &Problem{Line: line, Column: column, What: fmt.Sprintf(format, args...)}
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntaxProblem reads the line from the library's message.
func syntaxProblem(text []byte, err error) *Problem {
	p := &Problem{Line: 1, Column: 1, What: "invalid YAML: " + err.Error()}
	if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
		p.What = "invalid YAML: " + m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			p.Line = line
		}
	}
	if line, column := tabNear(text, p.Line); line > 0 {
		return &Problem{Line: line, Column: column, What: "a tab in the indentation: indent with spaces"}
	}
	return p
}

var indentTab = regexp.MustCompile(`^ *\t`)

// tabNear finds a tab in the indentation of the line or of a neighbour, which the library
// often names instead.
func tabNear(text []byte, line int) (at, column int) {
	lines := bytes.Split(text, []byte("\n"))
	for i := max(1, line-1); i <= min(line+1, len(lines)); i++ {
		if tab := indentTab.Find(lines[i-1]); tab != nil {
			return i, len(tab)
		}
	}
	return 0, 0
}
