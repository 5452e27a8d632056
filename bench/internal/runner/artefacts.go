package runner

import (
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/record"
)

// artefacts returns the digests of what is measured: of the Go program in an image, of a
// build's context, arguments and base, or else of the image. A rebuilt image has another
// id and the same content. memproof's own programs are left out.
func artefacts(facts map[string]string) map[string]string {
	digests := map[string]string{}
	for name := range facts {
		group, program, _ := strings.Cut(name, ".")
		if group != "binary" && group != "image" || !isMeasured(program) {
			continue
		}
		digests[record.ArtefactPrefix+program] = contentOf(facts, program)
	}
	return digests
}

// contentOf is the digest of a program: of what its image was built from, or of its
// binary, also where another program with the same image has that fact; else the id of
// its image. Empty where there is none.
func contentOf(facts map[string]string, program string) string {
	for _, group := range []string{"context.", "binary."} {
		if digest, ok := facts[group+program]; ok {
			return digest
		}
	}
	image := facts["image."+program]
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		group, other, _ := strings.Cut(name, ".")
		if (group == "context" || group == "binary") && image != "" && facts["image."+other] == image {
			return facts[name]
		}
	}
	return image
}

// isMeasured reports whether the program belongs to the scenario, not to memproof.
func isMeasured(program string) bool {
	kind, _, _ := strings.Cut(program, ".")
	return kind == "variant" || kind == "beside" || kind == "sidecar" || kind == "upstream" || kind == "seed"
}

func withoutArtefacts(measured map[string]string) map[string]string {
	own := maps.Clone(measured)
	maps.DeleteFunc(own, func(name, _ string) bool { return strings.HasPrefix(name, record.ArtefactPrefix) })
	return own
}
