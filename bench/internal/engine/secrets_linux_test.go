package engine

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/record"
)

// TestSecretsStayOutOfLogs: on either engine, what a service prints of a secret is
// in no file below the run directory, and its log is its owner's.
func TestSecretsStayOutOfLogs(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		sc := scenarioOf("good")
		sc.Env["SAY"] = "the password is hush-value, at the end hush-value\n"
		sc.Hide("hush-value", "${env.SAY}")
		s := open(t, kind, sc)
		dir := t.TempDir()
		subject, err := s.Start(t.Context(), plan(s, "good", dir))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := subject.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, record.VariantLog))
		if err != nil || !strings.Contains(string(text), "the password is ${env.SAY}, at the end ${env.SAY}") {
			t.Errorf("the log is %q, %v", text, err)
		}
		for _, root := range []string{dir, s.opts.Dir} {
			noneBelow(t, root, "hush-value")
		}
	})
}

func noneBelow(t *testing.T, root, secret string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), secret) {
			t.Errorf("%s holds the secret", path)
		}
		if info, infoErr := e.Info(); infoErr == nil && filepath.Ext(path) == ".log" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
