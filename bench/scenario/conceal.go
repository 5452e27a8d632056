package scenario

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// concealer hides values that look like secrets while a scenario is read, so that later
// code never holds them.
type concealer struct {
	secrets *secret.Vault
	named   []reference
	flag    flagSeen
}

// reference is a secret that a field names.
type reference struct{ field, name string }

// flagSeen is the previous argument: the value of -token may be the next one.
type flagSeen struct {
	list  string // the field of the list
	place int
	name  string
}

// The fields in which placeholders of secrets are filled in, and the name of the value
// there.
var (
	fieldOwner = `(?:variants\[\d+\]\.|sidecars\[\d+\]\.|variants\[\d+\]\.sidecars\[\d+\]\.|attribution\.|attribution\.causes\[\d+\]\.|database\.seed\.|upstream\.)?`
	namedField = regexp.MustCompile(`^` + fieldOwner + `(?:env|build\.args)\.(.+)$`)
	listField  = regexp.MustCompile(`^(` + fieldOwner + `(?:args|command))\[(\d+)\]$`)
	sentField  = regexp.MustCompile(`^load\.target(?:s\[\d+\])?\.(path|body|headers\.(.+))$`)
	flagName   = regexp.MustCompile(`^--?([A-Za-z][A-Za-z0-9_.-]*)$`)
)

// change is a [strictyaml.Change].
func (h *concealer) change(field, value string) string {
	for _, m := range secret.Reference.FindAllStringSubmatch(value, -1) {
		h.named = append(h.named, reference{field, m[1]})
	}
	if m := namedField.FindStringSubmatch(field); m != nil {
		return h.conceal(m[1], value)
	}
	if m := listField.FindStringSubmatch(field); m != nil {
		return h.argument(m[1], m[2], value)
	}
	if m := sentField.FindStringSubmatch(field); m != nil && m[1] != "body" {
		return h.sent(m[2], value)
	}
	return value
}

// conceal hides the parts of a literal that look like secrets.
func (h *concealer) conceal(name, value string) string {
	if strings.Contains(value, "${"+secret.HiddenPrefix) { // from a run directory, which is already concealed
		return value
	}
	var out strings.Builder
	at := 0
	for _, s := range secret.In(name, value) {
		out.WriteString(value[at:s.From])
		out.WriteString(h.secrets.Hide(value[s.From:s.To]))
		at = s.To
	}
	out.WriteString(value[at:])
	return out.String()
}

// argument conceals one element of a list, under the name of the flag before it.
func (h *concealer) argument(list, place, value string) string {
	n, _ := strconv.Atoi(place) // always digits: the index in a list
	name := ""
	if h.flag == (flagSeen{list, n - 1, h.flag.name}) && !strings.HasPrefix(value, "-") {
		name = h.flag.name
	}
	h.flag = flagSeen{}
	if m := flagName.FindStringSubmatch(value); m != nil {
		h.flag = flagSeen{list, n, m[1]}
	}
	return h.conceal(name, value)
}

// sent conceals text that is sent to a service. A template is left alone.
func (h *concealer) sent(name, value string) string {
	if strings.Contains(value, "{{") {
		return value
	}
	return h.conceal(name, value)
}

// takesSecrets reports whether secrets are filled in at that field.
func takesSecrets(field string) bool {
	return namedField.MatchString(field) || listField.MatchString(field) || sentField.MatchString(field)
}

// references looks up the secrets that the scenario's fields name.
func (c checker) references(named []reference) {
	for _, r := range named {
		if !takesSecrets(r.field) {
			c.Fail(r.field, "${%s} is not filled in here: it may stand in env, args, command and build args, and in a target's path, headers and body", r.name)
			continue
		}
		c.reference(r.field, r.name)
	}
}

// reference finds the value of ${env.NAME} or ${hidden.HASH}.
func (c checker) reference(field, name string) {
	if variable, ok := strings.CutPrefix(name, secret.EnvPrefix); ok {
		c.variable(field, variable)
		return
	}
	c.sc.secrets.Need(name)
	_, known := c.sc.secrets.Value(name)
	switch source := c.in.source; {
	case known:
	case !c.in.kept:
		c.Fail(field, "${%s} stands for a value that a run directory did not keep: write the value, or ${env.NAME} and set that variable", name)
	case source != nil:
		value, ok := source.secrets.Value(name)
		if !ok {
			c.Fail(field, "this value was changed after the run began (compared by hash): put it back in %s, or begin a new run", c.in.sourcePath)
		}
		c.sc.secrets.Set(name, value)
	}
}

// variable reads a variable of memproof's own environment.
func (c checker) variable(field, name string) {
	c.sc.secrets.Need(secret.EnvPrefix + name)
	if c.in.Env == nil {
		return
	}
	value, set := c.in.Env(name)
	if !set {
		c.Fail(field, "%s is not set: export it before memproof is started, since ${env.%s} takes its value", name, name)
		return
	}
	c.sc.secrets.Set(secret.EnvPrefix+name, value)
}

// variablesIn reads the variables that a file names.
func (c checker) variablesIn(field string, text []byte) {
	for _, m := range secret.EnvReference.FindAllSubmatch(text, -1) {
		c.variable(field, string(m[1]))
	}
}

// concealTargets hides values that look like secrets in the requests of a file.
func (c checker) concealTargets(all []load.Target) {
	h := concealer{secrets: c.sc.secrets}
	for i, t := range all {
		for j, l := range t.Lines {
			t.Lines[j].Value = h.conceal(l.Name, l.Value)
			c.requestSecrets(t.Lines[j].Value)
		}
		all[i].Path = h.conceal("", t.Path)
		c.requestSecrets(all[i].Path)
		c.requestSecrets(t.Body)
	}
}

func (c checker) requestSecrets(text string) {
	for _, m := range secret.Reference.FindAllStringSubmatch(text, -1) {
		c.reference("load.targets", m[1])
	}
}
