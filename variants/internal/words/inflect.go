package words

import "strings"

// entry is a word of a list: its base, and for a verb what the spelling rules can't know.
type entry struct {
	base      string
	irregular string // the past participle, "pay:paid"
	doubled   bool   // the last consonant is doubled before an ending, "ship+" gives shipped
}

func parseEntry(field string) entry {
	base, irregular, _ := strings.Cut(field, ":")
	stem, doubled := strings.CutSuffix(base, "+")
	return entry{base: stem, irregular: irregular, doubled: doubled}
}

func plural(e entry) string {
	switch {
	case endsInConsonantY(e.base):
		return strings.TrimSuffix(e.base, "y") + "ies"
	case hasAnySuffix(e.base, "s", "x", "z", "ch", "sh"):
		return e.base + "es"
	}
	return e.base + "s"
}

func past(e entry) string {
	switch {
	case e.irregular != "":
		return e.irregular
	case endsInConsonantY(e.base):
		return strings.TrimSuffix(e.base, "y") + "ied"
	}
	return strings.TrimSuffix(stem(e), "e") + "ed"
}

func gerund(e entry) string {
	if strings.HasSuffix(e.base, "ee") {
		return e.base + "ing"
	}
	return strings.TrimSuffix(stem(e), "e") + "ing"
}

func adverb(e entry) string {
	switch {
	case strings.HasSuffix(e.base, "ly"): // friendly, monthly
		return e.base
	case strings.HasSuffix(e.base, "ic") && e.base != "public":
		return e.base + "ally"
	case strings.HasSuffix(e.base, "le"):
		return strings.TrimSuffix(e.base, "e") + "y"
	case strings.HasSuffix(e.base, "ll"):
		return e.base + "y"
	case endsInConsonantY(e.base):
		return strings.TrimSuffix(e.base, "y") + "ily"
	}
	return e.base + "ly"
}

func stem(e entry) string {
	if e.doubled {
		return e.base + e.base[len(e.base)-1:]
	}
	return e.base
}

func endsInConsonantY(w string) bool {
	return len(w) > 1 && w[len(w)-1] == 'y' && !strings.ContainsRune("aeiou", rune(w[len(w)-2]))
}

func hasAnySuffix(w string, suffixes ...string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(w, s) {
			return true
		}
	}
	return false
}
