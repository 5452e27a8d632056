package strictyaml

import "strings"

// suggestion names the known field that the unknown one was likely meant to
// be, or lists them all.
func suggestion(unknown string, known []string) string {
	best, distance := "", 3 // two slips of the finger at most
	for _, k := range known {
		if n := edits(unknown, k); n < distance {
			best, distance = k, n
		}
	}
	if best != "" {
		return ": did you mean " + best + "?"
	}
	return ": known here are " + strings.Join(known, ", ")
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
