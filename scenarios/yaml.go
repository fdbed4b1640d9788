package scenarios

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Bounds of a scenario file.
const (
	MaxFile  = 1 << 20 // bytes
	MaxDepth = 40      // nesting
)

// loadYAML reads the one document of a file and refuses what makes YAML
// surprising: anchors, aliases, merge keys, tags, duplicate keys.
func loadYAML(name string, text []byte) (*yaml.Node, *source, error) {
	if len(text) > MaxFile {
		return nil, nil, &Error{File: name, Msg: "file is larger than 1 MiB"}
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	src := newSource(name, text)
	if at := firstBad(text); at >= 0 {
		line := bytes.Count(text[:at], []byte("\n")) + 1
		col := utf8.RuneCount(text[bytes.LastIndexByte(text[:at], '\n')+1:at]) + 1
		return nil, nil, src.errorf(line, col, "byte %#02x is not UTF-8 text", text[at])
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithUniqueKeys(false), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth))))
	if err != nil {
		return nil, nil, &Error{File: name, Msg: err.Error()}
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil, &Error{File: name, Msg: "file is empty; a scenario is a mapping with id, title and script"}
	case err != nil:
		return nil, nil, src.yamlError(err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, nil, src.errorf(second.Line, second.Column, "second document; a file holds one scenario")
	case !errors.Is(err, io.EOF):
		return nil, nil, src.yamlError(err)
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if err := src.plain(root); err != nil {
		return nil, nil, err
	}
	if root.Kind != yaml.MappingNode {
		return nil, nil, src.errorf(root.Line, root.Column, "a scenario is a mapping with id, title and script, not %s", kindName(root))
	}
	return root, src, nil
}

// firstBad returns the offset of the first byte that is not UTF-8, or a NUL, or
// -1.
func firstBad(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			return i
		}
		i += n
	}
	return -1
}

// yamlError turns an error of the YAML library into ours.
func (s *source) yamlError(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return &Error{File: s.name, Msg: err.Error()}
	}
	line, col := e.Mark.Line, e.Mark.Column
	msg := e.Message
	if e.ContextMsg != "" {
		msg = e.ContextMsg + ": " + msg
	}
	if at := e.ContextMark; at.Line > 0 && strings.TrimSpace(s.line(line)) == "" {
		line, col = at.Line, at.Column // the end of the file says less than where it began
	}
	switch text := strings.TrimLeft(s.line(line), " -"); {
	case strings.HasPrefix(text, "*"):
		msg += " (a line that begins with * stands in quotes: '* > usb detach')"
	case strings.Contains(msg, "mapping values are not allowed"):
		msg += " (a text with a colon and a blank in it stands in quotes)"
	}
	if line == 0 {
		return &Error{File: s.name, Msg: msg}
	}
	return s.errorf(line, col, "%s", msg)
}

// plain refuses what a strict file does not have. It walks without recursion
// deeper than MaxDepth, which the loader has ensured.
func (s *source) plain(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return s.errorf(n.Line, n.Column, "alias *%s; write the value out (a line that begins with * stands in quotes)", n.Value)
	case n.Anchor != "":
		return s.errorf(n.Line, n.Column, "anchor &%s; nothing may refer to it, so leave it out", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		return s.errorf(n.Line, n.Column, "tag %s; leave it out", n.Tag)
	}
	if n.Kind == yaml.MappingNode {
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			switch {
			case k.Kind == yaml.AliasNode:
				return s.plain(k)
			case k.Kind != yaml.ScalarNode:
				return s.errorf(k.Line, k.Column, "a key is a word, not %s", kindName(k))
			case k.ShortTag() == "!!merge" || k.Value == "<<":
				return s.errorf(k.Line, k.Column, "merge key <<; write the keys out")
			case seen[k.Value] != nil:
				return s.errorf(k.Line, k.Column, "key %q stands here twice; first in line %d", k.Value, seen[k.Value].Line)
			}
			seen[k.Value] = k
		}
	}
	for _, c := range n.Content {
		if err := s.plain(c); err != nil {
			return err
		}
	}
	return nil
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.ShortTag() == "!!null" {
			return "nothing"
		}
		return "the value " + n.Value
	}
	return "an alias"
}
