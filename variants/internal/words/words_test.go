package words

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

func TestTextIsTheSameForTheSameSeed(t *testing.T) {
	a, b := AppendText(nil, rng(1), 1700), AppendText(nil, rng(1), 1700)
	if string(a) != string(b) {
		t.Errorf("seed 1 gave two texts:\n%s\n%s", a, b)
	}
	if c := AppendText(nil, rng(2), 1700); string(a) == string(c) {
		t.Error("seeds 1 and 2 gave one text")
	}
}

func TestTextKeepsItsSize(t *testing.T) {
	for seed := range uint64(500) {
		text := AppendText([]byte("kept"), rng(seed), 1500)
		if n := len(text) - len("kept"); n < 1500 || n > 1700 {
			t.Errorf("seed %d: %d bytes, want 1500 to 1700", seed, n)
		}
		if !strings.HasPrefix(string(text), "kept") || !strings.HasSuffix(string(text), ".") {
			t.Errorf("seed %d: %q… does not append whole sentences", seed, text[:40])
		}
	}
}

// TestVocabulary holds the support desk's own words, which load generators ask for, and the size of the language.
func TestVocabulary(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range load().classes {
		for _, w := range c.words {
			seen[w] = true
		}
	}
	if len(seen) < 2000 {
		t.Errorf("%d different words, want some thousands", len(seen))
	}
	asked := "invoice refund payment shipping account password order delivery subscription cancel upgrade warranty " +
		"return address card charge email login plan renewal"
	for _, w := range strings.Fields(asked) {
		if !seen[w] {
			t.Errorf("the vocabulary lacks %q", w)
		}
	}
}

func TestTemplatesNameKnownClasses(t *testing.T) {
	for _, slots := range load().templates {
		for _, s := range slots {
			if s.class == nil && s.word != strings.ToLower(s.word) {
				t.Errorf("%q is neither a class nor a word", s.word)
			}
		}
		if first := slots[0]; first.class != nil {
			t.Error("a sentence begins with a drawn word, whose first letter may not be one to capitalise")
		}
	}
}

func TestFrequenciesFallWithRank(t *testing.T) {
	c, r, count := load().classes["N"], rng(3), map[string]int{}
	for range 200_000 {
		count[c.draw(r)]++
	}
	first, tenth := float64(count[c.words[0]]), float64(count[c.words[9]])
	if ratio := first / tenth; ratio < 8 || ratio > 12 {
		t.Errorf("the first noun is drawn %.1f times as often as the tenth, want about 10", ratio)
	}
	if got := len(c.table); got < draws-1 {
		t.Errorf("the table has %d entries, want %d", got, draws)
	}
}

func TestInflection(t *testing.T) {
	for _, c := range []struct {
		form        func(entry) string
		field, want string
	}{
		{plural, "policy", "policies"}, {plural, "day", "days"}, {plural, "box", "boxes"}, {plural, "branch", "branches"},
		{past, "ship+", "shipped"}, {past, "pay:paid", "paid"}, {past, "copy", "copied"}, {past, "charge", "charged"},
		{gerund, "ship+", "shipping"}, {gerund, "charge", "charging"}, {gerund, "agree", "agreeing"}, {gerund, "pay:paid", "paying"},
		{adverb, "easy", "easily"}, {adverb, "automatic", "automatically"}, {adverb, "public", "publicly"},
		{adverb, "simple", "simply"}, {adverb, "full", "fully"}, {adverb, "monthly", "monthly"}, {adverb, "quick", "quickly"},
	} {
		if got := c.form(parseEntry(c.field)); got != c.want {
			t.Errorf("%s becomes %s, want %s", c.field, got, c.want)
		}
	}
}
