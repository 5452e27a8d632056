package secret

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Concealer hides values that look like secrets while a document is read, so that later
// code never holds them. Its method Change is a [strictyaml.Change].
type Concealer struct {
	Vault    *Vault
	Document reflect.Type // the struct that the document is decoded into; its tags say where secrets may stand
	Uses     []Use        // in the order of the document

	flag flag // the previous argument
}

// Use is a place of the document that has the placeholder of a secret.
type Use struct {
	Field  string
	Name   string // of the placeholder: env.TOKEN
	Filled bool   // whether placeholders are filled in there
}

// flag is an element of a list such as -token, whose value may be the next element.
type flag struct {
	list  string // the path of the list
	index int
	name  string
}

// Change hides the secrets of a value.
func (c *Concealer) Change(field, value string) string {
	rule, rest := fieldRule(c.Document, field)
	for _, m := range Reference.FindAllStringSubmatch(value, -1) {
		c.Uses = append(c.Uses, Use{field, m[1], rule != ""})
	}
	switch {
	case rule == "" || rule == fillRule || rule == templateRule && strings.Contains(value, "{{"):
		return value
	case strings.HasPrefix(rest, "["):
		return c.argument(strings.TrimSuffix(field, rest), strings.Trim(rest, "[]"), value)
	}
	return c.Vault.Conceal(strings.TrimPrefix(rest, "."), value)
}

var flagName = regexp.MustCompile(`^--?([A-Za-z][A-Za-z0-9_.-]*)$`)

// argument hides the secrets of one element of a list, under the name of the flag before
// it.
func (c *Concealer) argument(list, index, value string) string {
	i, _ := strconv.Atoi(index) // always digits
	name := ""
	if c.flag == (flag{list, i - 1, c.flag.name}) && !strings.HasPrefix(value, "-") {
		name = c.flag.name
	}
	c.flag = flag{}
	if m := flagName.FindStringSubmatch(value); m != nil {
		c.flag = flag{list, i, m[1]}
	}
	return c.Vault.Conceal(name, value)
}

// Conceal hides the parts of a literal that look like secrets: a placeholder replaces
// each. name is as for [In]. The text of a run directory stays as it is: it is concealed
// already.
func (v *Vault) Conceal(name, value string) string {
	if strings.Contains(value, "${"+HiddenPrefix) {
		return value
	}
	var out strings.Builder
	at := 0
	for _, s := range In(name, value) {
		out.WriteString(value[at:s.From])
		out.WriteString(v.Hide(value[s.From:s.To]))
		at = s.To
	}
	out.WriteString(value[at:])
	return out.String()
}
