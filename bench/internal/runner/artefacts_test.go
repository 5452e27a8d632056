package runner

import (
	"maps"
	"strings"
	"testing"
)

// TestArtefacts: what a build is made of stands for its image, a binary for its, and
// programs of one image have one content. Only what the scenario names is measured.
func TestArtefacts(t *testing.T) {
	got := artefacts(map[string]string{
		"binary.variant.go": "sha256:go", "image.variant.go": "sha256:1",
		"image.variant.twin":   "sha256:1", // of one package: built once, so it has no binary of its own
		"context.variant.file": "sha256:ctx", "image.variant.file": "sha256:2",
		"context.variant.args": "sha256:other", "image.variant.args": "sha256:2", // an argument that nothing uses
		"image.sidecar.pulled": "sha256:3", "binary.seed": "sha256:seed",
		"binary.sampler": "sha256:s", "image.sampler": "sha256:4", "image.control.memory": "sha256:5", "context.control.memory": "sha256:c",
	})
	want := map[string]string{
		"artefact.variant.go": "sha256:go", "artefact.variant.twin": "sha256:go", "artefact.variant.file": "sha256:ctx",
		"artefact.variant.args": "sha256:other", "artefact.sidecar.pulled": "sha256:3", "artefact.seed": "sha256:seed",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// TestRebuiltImageOfARun: a run may be resumed with an image that was built again from
// the same, and with no other.
func TestRebuiltImageOfARun(t *testing.T) {
	was := map[string]string{
		"binary.variant.go": "sha256:go", "image.variant.go": "sha256:1",
		"context.variant.file": "sha256:ctx", "image.variant.file": "sha256:2",
		"image.sidecar.pulled": "sha256:3", "context.control.memory": "sha256:c", "image.control.memory": "sha256:4",
	}
	for name, tt := range map[string]struct {
		change map[string]string
		want   string
	}{
		"nothing":                   {nil, ""},
		"a package's image":         {map[string]string{"image.variant.go": "sha256:9"}, ""},
		"a Dockerfile's image":      {map[string]string{"image.variant.file": "sha256:9"}, ""},
		"the control's image":       {map[string]string{"image.control.memory": "sha256:9"}, ""},
		"files that are not copied": {map[string]string{"context.variant.file": "sha256:new"}, ""},
		"a pulled image":            {map[string]string{"image.sidecar.pulled": "sha256:9"}, "image.sidecar.pulled"},
		"another binary":            {map[string]string{"binary.variant.go": "sha256:new", "image.variant.go": "sha256:9"}, "binary.variant.go"},
		"another context":           {map[string]string{"context.variant.file": "sha256:new", "image.variant.file": "sha256:9"}, "image.variant.file"},
		"another control":           {map[string]string{"context.control.memory": "sha256:new", "image.control.memory": "sha256:9"}, "image.control.memory"},
		"an unknown base":           {map[string]string{"context.variant.file": "", "image.variant.file": "sha256:9"}, "image.variant.file"},
	} {
		t.Run(name, func(t *testing.T) {
			is := maps.Clone(was)
			maps.Copy(is, tt.change)
			maps.DeleteFunc(is, func(_, value string) bool { return value == "" })
			got := changedFacts(was, is)
			if len(got) > 0 != (tt.want != "") || len(got) > 0 && !strings.HasPrefix(got[0], tt.want+" (") {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
