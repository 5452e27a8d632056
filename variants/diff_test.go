// Package variants_test holds what the builds of the service promise about each other.
package variants_test

import (
	"os"
	"strings"
	"testing"
)

// TestBeforeAndAfterDifferInFourLines is `diff -u before/main.go after/main.go`: a line for each cause, in place, and
// nothing else.
func TestBeforeAndAfterDifferInFourLines(t *testing.T) {
	before, after := lines(t, "before/main.go"), lines(t, "after/main.go")
	if len(before) != len(after) {
		t.Fatalf("%d lines before, %d after", len(before), len(after))
	}
	var changed []string
	for i := range before {
		if before[i] == after[i] {
			continue
		}
		cause, _, _ := strings.Cut(strings.TrimSpace(before[i]), ":")
		if !strings.HasPrefix(strings.TrimSpace(after[i]), cause+":") {
			t.Errorf("line %d sets another field:\n%s\n%s", i+1, before[i], after[i])
		}
		changed = append(changed, cause)
	}
	if got := strings.Join(changed, " "); got != "Workers Recycling Scheduler AIClient" {
		t.Errorf("the changed lines are %q", got)
	}
}

// TestReadmeShowsTheDifference: the README's diff is the one that a reader gets.
func TestReadmeShowsTheDifference(t *testing.T) {
	readme := strings.Join(lines(t, "../README.md"), "\n")
	before, after := lines(t, "before/main.go"), lines(t, "after/main.go")
	var minus, plus []string
	for i := range before {
		if before[i] != after[i] {
			minus, plus = append(minus, "-"+before[i]), append(plus, "+"+after[i])
		}
	}
	if want := strings.Join(append(minus, plus...), "\n"); !strings.Contains(readme, want) {
		t.Errorf("the README lacks\n%s", want)
	}
}

// TestPreloadIsAfterAndOneLine: what is added, and nothing else.
func TestPreloadIsAfterAndOneLine(t *testing.T) {
	after, preload := strings.Join(lines(t, "after/main.go"), "\n"), strings.Join(lines(t, "preload/main.go"), "\n")
	if strings.Replace(preload, "\t\tPreload:   true,\n", "", 1) != after {
		t.Error("preload/main.go is not after/main.go and a line that preloads")
	}
}

// TestAblateHoldsBothConfigurations: no flag of ablate is the build before, all are the build after.
func TestAblateHoldsBothConfigurations(t *testing.T) {
	ablate := strings.Join(lines(t, "ablate/main.go"), "\n")
	for name, file := range map[string]string{"before": "before/main.go", "after": "after/main.go"} {
		want := "var " + name + " = gateway.Config{\n"
		for _, line := range lines(t, file) {
			if field := strings.TrimSpace(line); strings.Contains(field, ": ") && strings.HasSuffix(field, ",") {
				want += "\t" + field + "\n"
			}
		}
		if !strings.Contains(ablate, want+"}") {
			t.Errorf("ablate/main.go lacks\n%s}", want)
		}
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}
