package words

import (
	_ "embed"
	"strings"
	"sync"
)

var (
	//go:embed nouns.txt
	nounList string
	//go:embed verbs.txt
	verbList string
	//go:embed adjectives.txt
	adjectiveList string
	//go:embed templates.txt
	templateList string
)

// prepositions stand where a template says P; they are few and all common.
const prepositions = "of for in on with from to by at about under during after before without through"

// vocabulary holds each class of word in all its forms, most frequent first, and the sentences they go into.
type vocabulary struct {
	classes   map[string]*class
	templates [][]slot
}

// slot is one place of a sentence: a class to draw a word from, or where that is nil the word or mark itself.
type slot struct {
	class *class
	word  string
}

// load builds the vocabulary once per process: the word lists hold base forms and the rest is grammar.
var load = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{classes: map[string]*class{
		"P":  newClass(strings.Fields(prepositions)),
		"N":  newClass(bases(nounList)),
		"NS": newClass(inflect(nounList, plural)),
		"V":  newClass(bases(verbList)),
		"VS": newClass(inflect(verbList, plural)), // the third person takes the endings of a plural: checks, copies, passes
		"VD": newClass(inflect(verbList, past)),
		"VG": newClass(inflect(verbList, gerund)),
		"A":  newClass(bases(adjectiveList)),
		"R":  newClass(inflect(adjectiveList, adverb)),
	}}
	for line := range strings.Lines(templateList) {
		v.templates = append(v.templates, v.parse(line))
	}
	return v
})

func (v *vocabulary) parse(line string) []slot {
	var slots []slot
	for _, field := range strings.Fields(line) {
		if c, ok := v.classes[field]; ok {
			slots = append(slots, slot{class: c})
			continue
		}
		slots = append(slots, slot{word: field})
	}
	return slots
}

func bases(list string) []string {
	return inflect(list, func(e entry) string { return e.base })
}

func inflect(list string, form func(entry) string) []string {
	var out []string
	for _, field := range strings.Fields(list) {
		out = append(out, form(parseEntry(field)))
	}
	return out
}
