package engine

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What interrupted runs left is found whatever the path of the folder for temporary
// files holds.
func TestLeftSessionsBelowAnyFolder(t *testing.T) {
	for _, name := range []string{"plain", "a[b]c", "[", "what?"} {
		dir := filepath.Join(t.TempDir(), name)
		for _, sub := range []string{folderPrefix + "one", folderPrefix + "two", "other"} {
			if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("TMPDIR", dir)
		ids, err := leftSessions(t.Context(), estate{})
		if err != nil || !slices.Equal(ids, []string{"one", "two"}) {
			t.Errorf("below %q: %q, %v", name, ids, err)
		}
	}
}
