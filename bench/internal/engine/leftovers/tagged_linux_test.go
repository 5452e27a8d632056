package leftovers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A process that has no environment is known by its directory; one that has its
// own, such as the shell of somebody who looks around there, is nobody's of ours.
func TestTagOfADirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), folderPrefix+"session", WorkDirs, "shell")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, want string
		env        []string
	}{
		{"without an environment", "session/shell/", []string{}},
		{"with a title over it", "session/shell/", []string{"nginx: master process nginx -g a=b"}},
		{"with its own", "", []string{"HOME=/"}},
		{"with its own and a tag", "other/name/", []string{"HOME=/", TagName + "=other/name/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 20 { // an exec may still be under way when Start returns
				cmd := exec.Command("sleep", "60")
				cmd.Dir, cmd.Env = dir, tt.env
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				got := TagOf(cmd.Process.Pid)
				_ = cmd.Process.Kill() // it ends at nothing else
				_ = cmd.Wait()
				if got != tt.want {
					t.Fatalf("its tag is %q, want %q", got, tt.want)
				}
			}
		})
	}
}
