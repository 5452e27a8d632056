package docker

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// inputs are what an image is built from. A rebuilt image has another id; its inputs are
// the same. What a build fetches itself, such as packages, is not among them.
type inputs struct {
	Files    []string          // one line a file of the context, sorted: see [hashFiles]
	Text     string            // of the Dockerfile
	Args     map[string]string // [secret.Hash] of each build argument, by name
	Platform string            // "linux/amd64"
	Bases    []string          // ids of the images that the Dockerfile names, in its order
}

// digest identifies the inputs: "sha256:" and 64 hexadecimal digits.
func (i inputs) digest() string {
	text, _ := json.Marshal(i) // of texts alone; the keys of a map are sorted
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// setArgs keeps the hashes of build arguments: a value may be a secret.
func (i *inputs) setArgs(args map[string]*string) {
	i.Args = map[string]string{}
	for name, value := range args {
		if value != nil {
			i.Args[name] = secret.Hash([]byte(*value))
		}
	}
}

// hashFiles reads a build context, a tar, and returns a line a file: type, mode, name,
// where a link leads, its extended attributes, and the SHA-256 of its content. Times,
// owners, the order and the folder that holds the context do not count. The builder gives
// what it copies to root.
func hashFiles(context io.Reader) (lines []string, err error) {
	files := tar.NewReader(context)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			slices.Sort(lines)
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, files); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		lines = append(lines, fmt.Sprintf("%q %o %q %q %q %x", h.Typeflag, h.Mode, h.Name, h.Linkname, attributes(h), sum.Sum(nil)))
	}
}

// attributes are the extended attributes of a file, such as its capabilities.
func attributes(h *tar.Header) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(h.PAXRecords)) {
		if strings.HasPrefix(name, "SCHILY.xattr.") {
			all = append(all, name, h.PAXRecords[name])
		}
	}
	return all
}

// holdsFolder reports whether the context, of which these are the lines, has a file in
// the folder.
func (i inputs) holdsFolder(dir, folder string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return false
	}
	inside, err := filepath.Rel(dir, folder)
	if err != nil || inside == "." || !filepath.IsLocal(inside) {
		return false
	}
	name := fmt.Sprintf(" %q ", filepath.ToSlash(inside)+"/")
	return slices.ContainsFunc(i.Files, func(line string) bool { return strings.Contains(line, name) })
}

// baseIDs are the ids of the images that a Dockerfile is built on. The error is that of
// a missing image where the daemon does not keep one, or where its name cannot be read.
func (d *docker) baseIDs(ctx context.Context, text string, args map[string]*string) (ids []string, err error) {
	for _, name := range baseImages(text, args) {
		id, err := d.imageID(ctx, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// inputsOf is the digest of what an image was just built from; empty where a base is not
// known, which is said: the image's id then stands for what is measured.
func (d *docker) inputsOf(ctx context.Context, what string, in inputs, args map[string]*string) (string, error) {
	var err error
	in.setArgs(args)
	in.Platform = d.version.Os + "/" + archName(d.version.Arch)
	in.Bases, err = d.baseIDs(ctx, in.Text, args)
	if errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err) {
		d.opts.Say(fmt.Sprintf("%s: a base image is not known (%v): a rebuilt image will begin another study", what, err))
		return "", nil
	}
	return in.digest(), err
}
