package control

import (
	"fmt"
	"strings"
)

// Markdown renders the catalogue as a page: an index by family, each message
// with its parameters, the groups, the enumerations, and the gaps.
func Markdown() []byte {
	b := []byte("# iAP2 control messages\n\n" +
		"Generated from the catalogue. Marks: A, two or more sources that do not descend from one another agree; " +
		"B, one source; C, inferred. A parameter without a mark has that of its message or group. Required: yes, or (yes) where the meaning demands it but no source says so.\n")
	var families []string
	seen := map[string]bool{}
	for m := range All() {
		if !seen[m.Family] {
			seen[m.Family] = true
			families = append(families, m.Family)
		}
	}
	b = append(b, "\n| id | message | sender | family |\n|---|---|---|---|\n"...)
	for m := range All() {
		b = fmt.Appendf(b, "| %04X | [%s](#%s) | %s | %s |\n", m.ID, m.Name, strings.ToLower(m.Name), m.Sender, m.Family)
	}
	for _, family := range families {
		b = fmt.Appendf(b, "\n## %s\n", family)
		for m := range All() {
			if m.Family == family {
				b = m.appendMarkdown(b)
			}
		}
	}
	b = append(b, "\n## Groups\n"...)
	for _, g := range groups() {
		b = fmt.Appendf(b, "\n### Group %s\n\nMark %s (%s).\n", g.Name, g.Mark, g.Source)
		b = appendNote(b, g.Note)
		b = appendParams(b, g.Params, g.Open, g.Mark, g.Source)
	}
	b = append(b, "\n## Enumerations\n"...)
	for _, e := range enums() {
		b = fmt.Appendf(b, "\n### Enumeration %s\n", e.Name)
		b = appendNote(b, e.Note)
		b = append(b, "\n| value | name |\n|---|---|\n"...)
		for _, v := range e.Values {
			b = fmt.Appendf(b, "| %d | %s |\n", v.Value, v.Name)
		}
	}
	b = append(b, "\n## Gaps\n\nLeft out because no usable public source gives their ids or parameters.\n\n"...)
	for _, g := range gaps {
		b = fmt.Appendf(b, "- %s: %s\n", g.Name, g.Note)
	}
	return b
}

func (m *MessageSpec) appendMarkdown(b []byte) []byte {
	b = fmt.Appendf(b, "\n### %s\n\n%04X", m.Name, m.ID)
	for _, id := range m.Alternates {
		b = fmt.Appendf(b, ", also %04X", id)
	}
	b = fmt.Appendf(b, ", from the %s. Mark %s (%s).", m.Sender, m.Mark, m.Source)
	if m.Note != "" {
		b = append(b, " "+m.Note...)
	}
	b = append(b, '\n')
	return appendParams(b, m.Params, m.Open, m.Mark, m.Source)
}

func appendNote(b []byte, note string) []byte {
	if note == "" {
		return b
	}
	return append(b, "\n"+note+"\n"...)
}

func appendParams(b []byte, list []ParamSpec, open bool, mark Mark, source string) []byte {
	if len(list) > 0 {
		b = append(b, "\n| id | parameter | type | required | note | mark |\n|---|---|---|---|---|---|\n"...)
	}
	for i := range list {
		p := &list[i]
		own := ""
		if p.Mark != mark || p.Source != source {
			own = fmt.Sprintf("%s (%s)", p.Mark, p.Source)
		}
		b = fmt.Appendf(b, "| %d | %s | %s | %s | %s | %s |\n",
			p.ID, p.Name, p.describeType(), p.describeRequired(), p.describeNote(), own)
	}
	switch {
	case open && len(list) > 0:
		b = append(b, "\nMore parameters exist.\n"...)
	case open:
		b = append(b, "\nIts parameters are not known.\n"...)
	}
	return b
}

func (p *ParamSpec) describeType() string {
	s := p.Type.String()
	if p.Enum != nil {
		s += " " + p.Enum.Name
	}
	if p.Group != nil {
		s += " " + p.Group.Name
	}
	if p.Repeated {
		s += ", repeated"
	}
	return s
}

func (p *ParamSpec) describeRequired() string {
	switch {
	case p.RequiredInferred:
		return "(yes)"
	case p.Required:
		return "yes"
	}
	return ""
}

func (p *ParamSpec) describeNote() string {
	switch {
	case p.Unit == "":
		return p.Note
	case p.Note == "":
		return p.Unit
	}
	return p.Unit + "; " + p.Note
}

// walkParams visits every parameter of the catalogue, those of groups
// included, in the order of messages.
func walkParams(visit func(p *ParamSpec)) {
	var walk func(list []ParamSpec)
	walk = func(list []ParamSpec) {
		for i := range list {
			visit(&list[i])
			if g := list[i].Group; g != nil {
				walk(g.Params)
			}
		}
	}
	for m := range All() {
		walk(m.Params)
	}
}

// groups lists the groups in the order of their first use.
func groups() []*GroupSpec {
	var list []*GroupSpec
	seen := map[*GroupSpec]bool{}
	walkParams(func(p *ParamSpec) {
		if p.Group != nil && !seen[p.Group] {
			seen[p.Group] = true
			list = append(list, p.Group)
		}
	})
	return list
}

// enums lists the enumerations in the order of their first use.
func enums() []*EnumSpec {
	var list []*EnumSpec
	seen := map[*EnumSpec]bool{}
	walkParams(func(p *ParamSpec) {
		if p.Enum != nil && !seen[p.Enum] {
			seen[p.Enum] = true
			list = append(list, p.Enum)
		}
	})
	return list
}
