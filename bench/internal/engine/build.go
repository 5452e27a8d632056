package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// binary is a program that was built.
type binary struct {
	path string
	hash string // SHA-256 of the file, hexadecimal
}

// build compiles a Go package to a static Linux binary. The output has a place
// of its own in the user's cache, where the linker finds it up to date the next
// time.
func build(ctx context.Context, root, goarch, pkg string) (binary, error) {
	out, err := cachePath(root, goarch, pkg)
	if err != nil {
		return binary{}, err
	}
	// Without the state of the repository in it, the same source gives the same
	// binary, and so the same image.
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", out, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return binary{}, fmt.Errorf("build %s: no go command on PATH: install Go from https://go.dev/dl", pkg)
		}
		return binary{}, fmt.Errorf("build %s: %w\n%s", pkg, err, strings.TrimSpace(words.String()))
	}
	hash, err := hashFile(out)
	return binary{path: out, hash: hash}, err
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
	return filepath.Join(dir, imageName(pkg)+"-"+hex.EncodeToString(sum[:6])), nil
}

var notImageName = regexp.MustCompile(`[^a-z0-9]+`)

// imageName makes the last part of a package path fit for an image's name.
func imageName(pkg string) string {
	name := strings.Trim(notImageName.ReplaceAllString(strings.ToLower(path.Base(filepath.ToSlash(pkg))), "-"), "-")
	if name == "" {
		return "program"
	}
	return name
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
