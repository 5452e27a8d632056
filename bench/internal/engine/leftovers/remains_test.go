package leftovers

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What interrupted runs left is found whatever the path of the folder for temporary
// files holds.
func TestFindRemainsBelowAnyFolder(t *testing.T) {
	for _, name := range []string{"plain", "a[b]c", "[", "what?"} {
		dir := filepath.Join(t.TempDir(), name)
		one, two := NewSession(), NewSession()
		for _, sub := range []string{folderPrefix + one, folderPrefix + two, folderPrefix + "none", "other"} {
			if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("TMPDIR", dir)
		found, err := Places{}.Find(t.Context())
		if err != nil || len(found) != 2 || !slices.ContainsFunc(found, func(r Remains) bool { return r.Session == one && r.Folder && r.Alive() }) {
			t.Errorf("below %q: %v, %v", name, found, err)
		}
	}
}
