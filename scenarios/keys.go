package scenarios

import (
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A key is one key of a mapping in a scenario file. The tables of keys are what
// both the loader and the published schema are made of.
type key[T any] struct {
	name     string
	doc      string
	required bool
	schema   schema
	set      func(l *loader, into *T, n *yaml.Node)
}

var scenarioKeys = []key[Scenario]{
	{"id", "Identity: words of a-z, 0-9 and -, joined by /.", true, schema{"type": "string", "maxLength": maxID, "pattern": idForm.String()},
		func(l *loader, s *Scenario, n *yaml.Node) {
			s.ID = l.text(n)
			l.mark(place{"id", -1, -1}, n)
		}},
	{"title", "What it is, in a few words.", true, stringSchema,
		func(l *loader, s *Scenario, n *yaml.Node) {
			s.Title = l.text(n)
			l.mark(place{"title", -1, -1}, n)
		}},
	{"requirement", "What must hold, in our own words.", false, stringSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Requirement = l.text(n) }},
	{"source", "Where the requirement comes from.", false, stringSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Source = l.text(n) }},
	{"role", "The endpoint under test.", false, schema{"type": "string", "enum": Roles()},
		func(l *loader, s *Scenario, n *yaml.Node) {
			s.Role = Role(l.text(n))
			l.mark(place{"role", -1, -1}, n)
		}},
	{"level", "How binding the requirement is; default must.", false, schema{"type": "string", "enum": Levels()},
		func(l *loader, s *Scenario, n *yaml.Node) {
			s.Level = Level(l.text(n))
			l.mark(place{"level", -1, -1}, n)
		}},
	{"phone", "Settings of the phone.", false, settingsSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Setup.Phone = l.settings(n) }},
	{"headunit", "Settings of the head unit.", false, settingsSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Setup.Headunit = l.settings(n) }},
	{"host", "Settings of a usbmuxd, which is there with its clients in place of a head unit.", false, settingsSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Setup.Host = l.settings(n) }},
	{"chip", "Settings of the MFi chip.", false, settingsSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Setup.Chip = l.settings(n) }},
	{"cable", "Settings of the cable.", false, settingsSchema,
		func(l *loader, s *Scenario, n *yaml.Node) { s.Setup.Cable = l.settings(n) }},
	{"limit", "Simulated time at which the scenario ends anyway; default 60s.", false, durationSchema,
		func(l *loader, s *Scenario, n *yaml.Node) {
			l.mark(place{"limit", -1, -1}, n)
			s.Limit = l.duration(n)
		}},
	{"script", "What is done and what must be seen, in order.", true,
		schema{"type": "array", "maxItems": MaxSteps, "items": schema{"$ref": "#/$defs/step"}},
		func(l *loader, s *Scenario, n *yaml.Node) {
			l.mark(place{"script", -1, -1}, n)
			for i, c := range l.list(n) {
				if step := l.step(i, c); step != nil {
					s.Script = append(s.Script, step)
				}
			}
		}},
	{"never", "Patterns of events that must not come at any time.", false, patternsSchema,
		func(l *loader, s *Scenario, n *yaml.Node) {
			for i, c := range l.list(n) {
				s.Never = append(s.Never, l.pattern(place{"never", i, -1}, c))
			}
		}},
	{"mutants", "Broken endpoints with which the scenario must fail.", false,
		schema{"type": "array", "items": schema{"$ref": "#/$defs/mutant"}},
		func(l *loader, s *Scenario, n *yaml.Node) {
			for i, c := range l.list(n) {
				var m Mutant
				l.mark(place{"mutants", i, -1}, c)
				mapping(l, "mutant", mutantKeys, &m, c)
				s.Mutants = append(s.Mutants, m)
			}
		}},
}

var mutantKeys = []key[Mutant]{
	{"name", "What is broken.", true, stringSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Name = l.text(n) }},
	{"phone", "Laid over the scenario's settings of the phone.", false, settingsSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Setup.Phone = l.settings(n) }},
	{"headunit", "Laid over the scenario's settings of the head unit.", false, settingsSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Setup.Headunit = l.settings(n) }},
	{"host", "Laid over the scenario's settings of the usbmuxd.", false, settingsSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Setup.Host = l.settings(n) }},
	{"chip", "Laid over the scenario's settings of the MFi chip.", false, settingsSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Setup.Chip = l.settings(n) }},
	{"cable", "Laid over the scenario's settings of the cable.", false, settingsSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Setup.Cable = l.settings(n) }},
	{"fails", "Text that the failure's message must hold.", true, stringSchema,
		func(l *loader, m *Mutant, n *yaml.Node) { m.Fails = l.text(n) }},
}

// mapping fills in a value from a mapping, by its table of keys.
func mapping[T any](l *loader, what string, keys []key[T], into *T, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		l.errorf(n, "%s: want a mapping, not %s", what, kindName(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, found := n.Content[i].Value, false
		for _, k := range keys {
			if k.name == name {
				found, seen[name] = true, true
				k.set(l, into, n.Content[i+1])
			}
		}
		if !found {
			l.errorf(n.Content[i], "unknown key %q; known: %s", name, keyNames(keys))
		}
	}
	for _, k := range keys {
		if k.required && !seen[k.name] {
			l.errorf(n, "%s is missing", k.name)
		}
	}
}

func keyNames[T any](keys []key[T]) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
