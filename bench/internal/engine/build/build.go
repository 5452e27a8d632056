// Package build builds Go programs for the engines.
package build

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/memproof/memproof/bench/internal/files"
)

// Binary is a program that was built. Its file in the cache may be built anew from
// changed source at any moment, so the text is read once, and hashed.
type Binary struct {
	Name string // of its file in the cache
	Text []byte
	Hash string // SHA-256 of Text, hexadecimal
}

// NewBinary returns a binary with that text.
func NewBinary(name string, text []byte) Binary {
	sum := sha256.Sum256(text)
	return Binary{Name: name, Text: text, Hash: hex.EncodeToString(sum[:])}
}

// Program compiles a Go package to a static Linux binary. Each package has a file in the
// user's cache, which the linker finds up to date the next time.
func Program(ctx context.Context, root, goarch, pkg string) (Binary, error) {
	out, err := cachePath(root, goarch, pkg)
	if err != nil {
		return Binary{}, err
	}
	// The go command writes the file in place: two at once would mix their output.
	lock, err := files.Lock(out + ".lock")
	if err != nil {
		return Binary{}, err
	}
	defer lock.Close()
	// Without the state of the repository in it, the same source gives the same
	// binary, and so the same image.
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", out, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return Binary{}, fmt.Errorf("build %s: no go command on PATH: install Go from https://go.dev/dl", pkg)
		}
		return Binary{}, fmt.Errorf("build %s: %w\n%s", pkg, err, strings.TrimSpace(output.String()))
	}
	text, err := os.ReadFile(out)
	return NewBinary(filepath.Base(out), text), err
}

func cachePath(root, goarch, pkg string) (string, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil { // no home
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "memproof", "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(abs + "\x00" + goarch + "\x00" + pkg))
	return filepath.Join(dir, ShortName(pkg)+"-"+hex.EncodeToString(sum[:6])), nil
}

var notShortName = regexp.MustCompile(`[^a-z0-9]+`)

// ShortName returns the last part of a package path as the name of a file or an image:
// lower-case letters, digits and -.
func ShortName(pkg string) string {
	name := notShortName.ReplaceAllString(strings.ToLower(path.Base(filepath.ToSlash(pkg))), "-")
	return cmp.Or(strings.Trim(name, "-"), "program")
}
