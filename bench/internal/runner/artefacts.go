package runner

import (
	"maps"
	"strings"
)

const artefactPrefix = "artefact."

// artefacts returns the digests of what is measured: of the Go program in an image, of a
// build's context, arguments and base, or else of the image. A rebuilt image has another
// id and the same content. memproof's own programs are left out.
func artefacts(facts map[string]string) map[string]string {
	content := map[string]string{} // by image id
	for _, group := range []string{"context.", "binary."} {
		for name, digest := range facts {
			if program, ok := strings.CutPrefix(name, group); ok {
				content[facts["image."+program]] = digest
			}
		}
	}
	digests := map[string]string{}
	for name, digest := range facts {
		group, program, _ := strings.Cut(name, ".")
		if group != "binary" && group != "image" || !isMeasured(program) {
			continue
		}
		if inside, ok := content[digest]; ok && group == "image" {
			digest = inside
		}
		digests[artefactPrefix+program] = digest
	}
	return digests
}

// isMeasured reports whether the program belongs to the scenario, not to memproof.
func isMeasured(program string) bool {
	kind, _, _ := strings.Cut(program, ".")
	return kind == "variant" || kind == "beside" || kind == "sidecar" || kind == "upstream" || kind == "seed"
}

func withoutArtefacts(measured map[string]string) map[string]string {
	own := maps.Clone(measured)
	maps.DeleteFunc(own, func(name, _ string) bool { return strings.HasPrefix(name, artefactPrefix) })
	return own
}
