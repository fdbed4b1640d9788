package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// file mirrors catalogue.yaml; its head comment explains the keys.
type file struct {
	Sources  map[string]string `yaml:"sources"`
	Families map[string]string `yaml:"families"`
	Enums    map[string]*enum  `yaml:"enums"`
	Groups   map[string]*group `yaml:"groups"`
	Messages []*message        `yaml:"messages"`
	Gaps     []gap             `yaml:"gaps"`
}

type enum struct {
	Note   string         `yaml:"note"`
	Values map[int]string `yaml:"values"`
}

type group struct {
	Mark   string   `yaml:"mark"`
	Src    []string `yaml:"src"`
	Note   string   `yaml:"note"`
	Open   bool     `yaml:"open"`
	Params []*param `yaml:"params"`
}

type message struct {
	ID         int      `yaml:"id"`
	Name       string   `yaml:"name"`
	Sender     string   `yaml:"sender"`
	Family     string   `yaml:"family"`
	Mark       string   `yaml:"mark"`
	Src        []string `yaml:"src"`
	Note       string   `yaml:"note"`
	Open       bool     `yaml:"open"`
	Alternates []int    `yaml:"alternates"`
	FlagsOf    string   `yaml:"flags-of"`
	ParamsOf   string   `yaml:"params-of"`
	Params     []*param `yaml:"params"`
}

type param struct {
	ID       int      `yaml:"id"`
	Name     string   `yaml:"name"`
	Type     string   `yaml:"type"`
	Required string   `yaml:"required"`
	Repeated bool     `yaml:"repeated"`
	Enum     string   `yaml:"enum"`
	Group    string   `yaml:"group"`
	FlagsOf  string   `yaml:"flags-of"`
	Unit     string   `yaml:"unit"`
	Mark     string   `yaml:"mark"`
	Src      []string `yaml:"src"`
	Note     string   `yaml:"note"`
}

type gap struct {
	Name string `yaml:"name"`
	Note string `yaml:"note"`
}

// goTypes maps the type names of the catalogue to those of package control.
var goTypes = map[string]string{
	"uint8": "TypeUint8", "uint16": "TypeUint16", "uint32": "TypeUint32", "uint64": "TypeUint64",
	"int8": "TypeInt8", "int16": "TypeInt16", "int64": "TypeInt64",
	"enum": "TypeEnum", "bool": "TypeBool", "utf8": "TypeUTF8", "blob": "TypeBlob",
	"none": "TypeNone", "group": "TypeGroup", "ids": "TypeIDs", "unknown": "TypeUnknown",
}

var camel = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// load reads the catalogue strictly, resolves its references and checks it.
func load(text []byte) (*file, error) {
	f := &file{}
	if err := yaml.Load(text, f, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	if len(f.Messages) == 0 {
		return nil, fmt.Errorf("no messages")
	}
	if err := f.expand(); err != nil {
		return nil, err
	}
	return f, f.check()
}

// expand replaces flags-of and params-of by the lists they stand for.
func (f *file) expand() error {
	byName := map[string]*message{}
	for _, m := range f.Messages {
		byName[m.Name] = m
	}
	for _, m := range f.Messages {
		of := m.FlagsOf + m.ParamsOf
		if of == "" {
			continue
		}
		origin := byName[of]
		if origin == nil || len(m.Params) > 0 || origin.FlagsOf+origin.ParamsOf != "" {
			return fmt.Errorf("message %s: cannot take the parameters of %q", m.Name, of)
		}
		for _, p := range origin.Params {
			if m.FlagsOf != "" {
				p = flag(p)
			} else {
				c := *p
				c.Required = ""
				p = &c
			}
			p.Mark, p.Src = "", nil
			m.Params = append(m.Params, p)
		}
	}
	for _, m := range f.Messages {
		for _, p := range m.Params {
			if p.FlagsOf == "" {
				continue
			}
			g := f.Groups[p.FlagsOf]
			if g == nil {
				return fmt.Errorf("message %s, parameter %s: no group %q", m.Name, p.Name, p.FlagsOf)
			}
			p.Group = p.FlagsOf + "Flags"
			flags := &group{Mark: g.Mark, Src: g.Src, Note: "Names the wanted parameters of " + p.FlagsOf + "."}
			for _, member := range g.Params {
				flags.Params = append(flags.Params, flag(member))
			}
			f.Groups[p.Group] = flags
		}
	}
	return nil
}

func flag(p *param) *param {
	return &param{ID: p.ID, Name: p.Name, Type: "none", Mark: p.Mark, Src: p.Src}
}

// check refuses a catalogue that contradicts itself, and orders the messages.
func (f *file) check() error {
	ids, names := map[int]string{}, map[string]bool{}
	claim := func(id int, name string) error {
		if id <= 0 || id > 0xFFFF || ids[id] != "" {
			return fmt.Errorf("message %s: id %#x is out of range or taken by %q", name, id, ids[id])
		}
		ids[id] = name
		return nil
	}
	for _, m := range f.Messages {
		if !camel.MatchString(m.Name) || names[m.Name] {
			return fmt.Errorf("message %#x: name %q is malformed or taken", m.ID, m.Name)
		}
		names[m.Name] = true
		for _, id := range append([]int{m.ID}, m.Alternates...) {
			if err := claim(id, m.Name); err != nil {
				return err
			}
		}
		if m.Sender != "device" && m.Sender != "accessory" {
			return fmt.Errorf("message %s: sender %q", m.Name, m.Sender)
		}
		if f.Families[m.Family] == "" {
			return fmt.Errorf("message %s: family %q", m.Name, m.Family)
		}
		if err := f.checkParams(m.Params, m.Mark, m.Src); err != nil {
			return fmt.Errorf("message %s: %w", m.Name, err)
		}
	}
	for name, g := range f.Groups {
		if err := f.checkParams(g.Params, g.Mark, g.Src); err != nil {
			return fmt.Errorf("group %s: %w", name, err)
		}
	}
	for name, e := range f.Enums {
		seen := map[string]bool{}
		for v, s := range e.Values {
			if v < 0 || v > 0xFF || s == "" || seen[s] {
				return fmt.Errorf("enum %s: value %d %q", name, v, s)
			}
			seen[s] = true
		}
	}
	slices.SortFunc(f.Messages, func(a, b *message) int { return a.ID - b.ID })
	return nil
}

func (f *file) checkParams(list []*param, mark string, src []string) error {
	if err := f.checkProvenance(mark, src); err != nil {
		return err
	}
	last, names := -1, map[string]bool{}
	for _, p := range list {
		switch {
		case p.ID <= last || p.ID > 0xFFFF:
			return fmt.Errorf("parameter %s: id %d is out of order or range", p.Name, p.ID)
		case !camel.MatchString(p.Name) || names[p.Name]:
			return fmt.Errorf("parameter %d: name %q is malformed or taken", p.ID, p.Name)
		case goTypes[p.Type] == "":
			return fmt.Errorf("parameter %s: type %q", p.Name, p.Type)
		case p.Enum != "" && (p.Type != "enum" || f.Enums[p.Enum] == nil):
			return fmt.Errorf("parameter %s: enum %q", p.Name, p.Enum)
		case (p.Type == "group") != (p.Group != "") || p.Group != "" && f.Groups[p.Group] == nil:
			return fmt.Errorf("parameter %s: group %q", p.Name, p.Group)
		case !slices.Contains([]string{"", "true", "inferred"}, p.Required):
			return fmt.Errorf("parameter %s: required %q", p.Name, p.Required)
		}
		last, names[p.Name] = p.ID, true
		if p.Mark == "" {
			p.Mark = mark
		}
		if p.Src == nil {
			p.Src = src
		}
		if err := f.checkProvenance(p.Mark, p.Src); err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
	}
	return nil
}

func (f *file) checkProvenance(mark string, src []string) error {
	if len(mark) != 1 || !strings.Contains("ABC", mark) || len(src) == 0 {
		return fmt.Errorf("mark %q, sources %v", mark, src)
	}
	for _, s := range src {
		if f.Sources[s] == "" {
			return fmt.Errorf("unknown source %q", s)
		}
	}
	return nil
}
