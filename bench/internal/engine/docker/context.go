package docker

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/testcontainers/testcontainers-go"
)

// contextOf is the build context of a directory, a tar, without what .dockerignore names.
func contextOf(dir, dockerfile string) (io.Reader, error) {
	from := testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{Context: dir, Dockerfile: dockerfile}}
	archive, err := from.GetContext()
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	return archive, nil
}

// checkContext refuses a build context with a file or a folder that can't be read. The
// archive of [contextOf] would lack it and what follows, without an error, and another
// service than the one in the folder would be built. open is [os.Open].
func checkContext(dir, dockerfile string, open func(name string) (*os.File, error)) error {
	unread, err := unreadable(dir, open)
	if err != nil || len(unread) == 0 {
		return err
	}
	wanted, err := notIgnored(dir, dockerfile, unread)
	if err != nil || len(wanted) == 0 {
		return err
	}
	return fmt.Errorf("build: these files of %s can't be read, so the image would lack them: %w; "+
		"make them readable, or name them in %s", dir, errors.Join(wanted...), filepath.Join(dir, ".dockerignore"))
}

// unread is a part of a build context that can't be read.
type unread struct {
	path string // relative to the context
	dir  bool
	why  error // names the file
}

// unreadable finds what can't be read below a directory, whether or not .dockerignore
// names it. Only regular files are opened: an archive has the others by name.
func unreadable(dir string, open func(name string) (*os.File, error)) (all []unread, err error) {
	err = filepath.WalkDir(dir, func(path string, f fs.DirEntry, why error) error {
		if why == nil && f.Type().IsRegular() {
			var file *os.File
			if file, why = open(path); why == nil {
				return file.Close()
			}
		}
		if why == nil {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == "." {
			return errors.Join(fmt.Errorf("build: %w", why), err)
		}
		all = append(all, unread{rel, f.IsDir(), why})
		return nil
	})
	return all, err
}

// notIgnored returns the reasons of those parts that .dockerignore does not leave out. The
// archive is asked, so that its rules hold: it is made of a folder with the same
// .dockerignore, in which these parts are empty and can be read.
func notIgnored(dir, dockerfile string, parts []unread) (reasons []error, err error) {
	likeness, err := os.MkdirTemp("", "memproof-context-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(likeness)) }()
	if err := makeLikeness(likeness, dir, dockerfile, parts); err != nil {
		return nil, err
	}
	archive, err := contextOf(likeness, dockerfile)
	if err != nil {
		return nil, err
	}
	names, err := namesIn(archive)
	for _, p := range parts {
		if slices.Contains(names, filepath.ToSlash(p.path)) {
			reasons = append(reasons, p.why)
		}
	}
	return reasons, err
}

// makeLikeness fills the folder. It has a Dockerfile because an archive without one is
// reported on standard error.
func makeLikeness(likeness, dir, dockerfile string, parts []unread) error {
	const ignoreFile = ".dockerignore"
	text, err := os.ReadFile(filepath.Join(dir, ignoreFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(likeness, ignoreFile), text, 0o600)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	for _, p := range append(parts, unread{path: filepath.FromSlash(dockerfile)}) {
		path := filepath.Join(likeness, p.path)
		folder := filepath.Dir(path)
		if p.dir {
			folder = path
		}
		err = errors.Join(err, os.MkdirAll(folder, 0o700))
		if !p.dir {
			err = errors.Join(err, os.WriteFile(path, nil, 0o600))
		}
	}
	return err
}

// namesIn lists a tar, folders without their slash.
func namesIn(archive io.Reader) (names []string, err error) {
	for r := tar.NewReader(archive); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("build: %w", err)
		}
		names = append(names, strings.TrimSuffix(header.Name, "/"))
	}
}
