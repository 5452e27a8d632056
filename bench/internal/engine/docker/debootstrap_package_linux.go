package docker

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/build"
)

// download is a file whose content is known.
type download struct {
	urls []string // tried in turn
	hash string   // SHA-256, hexadecimal
}

// debootstrapPackage is Debian bookworm's: a shell script and its data, for every
// architecture. The second place keeps every version for good.
var debootstrapPackage = download{
	urls: []string{
		"https://deb.debian.org/debian/pool/main/d/debootstrap/debootstrap_1.0.128%2Bnmu2%2Bdeb12u2_all.deb",
		"https://snapshot.debian.org/archive/debian/20250520T000000Z/pool/main/d/debootstrap/debootstrap_1.0.128%2Bnmu2%2Bdeb12u2_all.deb",
	},
	hash: "63f354316e9bbe747b143b7b0d83e5f237c90314a17734fba9ff202c2ef02760",
}

// unpackTools are what it takes to unpack debootstrap, and what it calls itself.
var unpackTools = []string{"dpkg-deb", "wget"}

// unpackDebootstrap unpacks the package into the session's folder and says so.
func (d *docker) unpackDebootstrap(ctx context.Context, from download) (debootstrap, error) {
	if !has(unpackTools...) {
		return debootstrap{}, fmt.Errorf("debootstrap is not installed, and can't be unpacked without %q", unpackTools)
	}
	d.opts.Say("debootstrap is not installed: unpacking Debian's package of it for this run; nothing is installed")
	text, err := from.get(ctx)
	if err != nil {
		return debootstrap{}, fmt.Errorf("debootstrap is not installed: %w", err)
	}
	dir := filepath.Join(d.opts.Folder, "debootstrap")
	pack := dir + ".deb"
	if err := os.WriteFile(pack, text, 0o600); err != nil {
		return debootstrap{}, err
	}
	if err := d.command(ctx, nil, "dpkg-deb", "--extract", pack, dir); err != nil {
		return debootstrap{}, err
	}
	return debootstrap{
		path: filepath.Join(dir, "usr", "sbin", "debootstrap"),
		env:  []string{"DEBOOTSTRAP_DIR=" + filepath.Join(dir, "usr", "share", "debootstrap")},
	}, nil
}

// The most that a download may be, in bytes, and may take.
const (
	downloadLimit    = 4 << 20
	downloadPatience = 30 * time.Second
)

// get downloads the file from the first place that has it. What is not what is
// expected is an error.
func (d download) get(ctx context.Context) (text []byte, err error) {
	for _, url := range d.urls {
		if text, err = fetch(ctx, url); err != nil {
			continue
		}
		if hash := build.NewBinary("", text).Hash; hash != d.hash {
			err = fmt.Errorf("GET %s: its SHA-256 is %s, want %s", url, hash, d.hash)
			continue
		}
		return text, nil
	}
	return nil, err
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, downloadPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req) // through a proxy where there is one
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, downloadLimit))
}
