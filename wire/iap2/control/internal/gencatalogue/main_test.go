package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The table in the repository is the one that the catalogue gives.
func TestGeneratedTableIsCurrent(t *testing.T) {
	out := filepath.Join(t.TempDir(), "catalogue_gen.go")
	require.NoError(t, run("../../catalogue.yaml", out))
	want, err := os.ReadFile(out)
	require.NoError(t, err)
	got, err := os.ReadFile("../../catalogue_gen.go")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go generate in wire/iap2/control")
}

// small is a catalogue with one of everything.
const small = `
sources: {x: example/x}
families: {test: Test}
enums:
  Colour: {note: a note, values: {0: red, 1: green}}
groups:
  Thing:
    mark: A
    src: [x]
    params:
      - {id: 0, name: ID, type: uint16}
messages:
  - id: 0x2001
    name: Second
    sender: accessory
    family: test
    mark: B
    src: [x]
    flags-of: First
  - id: 0x2000
    name: First
    sender: device
    family: test
    mark: A
    src: [x]
    alternates: [0x2FFF]
    params:
      - {id: 0, name: Colour, type: enum, enum: Colour, required: inferred}
      - {id: 1, name: Things, type: group, group: Thing, repeated: true, mark: C, unit: mm, note: "a \"note\""}
  - id: 0x2002
    name: Third
    sender: device
    family: test
    mark: A
    src: [x]
    open: true
    params-of: First
  - id: 0x2003
    name: Fourth
    sender: device
    family: test
    mark: A
    src: [x]
    params:
      - {id: 5, name: Wanted, type: group, flags-of: Thing}
gaps:
  - {name: Fifth, note: unknown}
`

func TestRender(t *testing.T) {
	f, err := load([]byte(small))
	require.NoError(t, err)
	code, err := render(f)
	require.NoError(t, err)
	for _, line := range []string{
		`MsgFirst uint16 = 0x2000`,
		`var enumColour = EnumSpec{Name: "Colour", Note: "a note", Values: []EnumValue{`,
		`var groupThingFlags = GroupSpec{Name: "ThingFlags", Mark: 'A', Source: "example/x", Note: "Names the wanted parameters of Thing.", Params: []ParamSpec{`,
		`{ID: 0, Name: "Colour", Type: TypeEnum, Required: true, RequiredInferred: true, Enum: &enumColour, Mark: 'A', Source: "example/x"},`,
		`{ID: 1, Name: "Things", Type: TypeGroup, Repeated: true, Group: &groupThing, Unit: "mm", Mark: 'C', Source: "example/x", Note: "a \"note\""},`,
		// flags-of: the same parameters as flags, in the message's own confidence
		`{ID: 1, Name: "Things", Type: TypeNone, Mark: 'B', Source: "example/x"},`,
		// params-of: nothing is required
		`{ID: 0, Name: "Colour", Type: TypeEnum, Enum: &enumColour, Mark: 'A', Source: "example/x"},`,
		`{ID: 5, Name: "Wanted", Type: TypeGroup, Group: &groupThingFlags, Mark: 'A', Source: "example/x"},`,
		`{ID: MsgFirst, Name: "First", Sender: FromDevice, Family: "Test", Alternates: []uint16{0x2FFF}, Mark: 'A', Source: "example/x", Params: []ParamSpec{`,
		`var byName = []uint16{0, 3, 1, 2}`,
		`{0x2FFF, 0},`,
		`{Name: "Fifth", Note: "unknown"},`,
	} {
		assert.Contains(t, string(code), line)
	}
	assert.Less(t, strings.Index(string(code), "ID: MsgFirst,"), strings.Index(string(code), "ID: MsgSecond,"), "ordered by id")
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name, old, new, want string
	}{
		{"unknown key", "open: true", "opne: true", "opne"},
		{"doubled key", "open: true", "open: true\n    open: true", "open"},
		{"no messages", "messages:", "messages: []\nx:", "x"},
		{"id taken", "id: 0x2002", "id: 0x2000", `message Third: id 0x2000 is out of range or taken by "First"`},
		{"alternate taken", "[0x2FFF]", "[0x2001]", "taken by"},
		{"id out of range", "id: 0x2003", "id: 0x12003", "out of range"},
		{"message name taken", "name: Third", "name: Fourth", `"Fourth" is malformed or taken`},
		{"message name malformed", "name: Third", "name: third", `"third" is malformed`},
		{"sender", "sender: accessory", "sender: car", `sender "car"`},
		{"family", "family: test", "family: tset", `family "tset"`},
		{"mark", "mark: C", "mark: D", `mark "D"`},
		{"message without sources", "src: [x]\n    open", "open", "sources []"},
		{"unknown source", "src: [x]\n    open", "src: [y]\n    open", `unknown source "y"`},
		{"type", "type: uint16", "type: uint24", `type "uint24"`},
		{"enum", "enum: Colour,", "enum: Color,", `enum "Color"`},
		{"group", "group: Thing,", "group: Thong,", `group "Thong"`},
		{"group of another type", "type: group, group: Thing", "type: blob, group: Thing", `group "Thing"`},
		{"group missing", "type: group, group: Thing,", "type: group,", `group ""`},
		{"required", "required: inferred", "required: maybe", `required "maybe"`},
		{"order", "{id: 1, name: Things", "{id: 0, name: Things", "out of order"},
		{"parameter name taken", "name: Things", "name: Colour", "malformed or taken"},
		{"flags-of group", "flags-of: Thing", "flags-of: Thong", `no group "Thong"`},
		{"flags-of message", "flags-of: First", "flags-of: Fist", `"Fist"`},
		{"params-of a copy", "params-of: First", "params-of: Second", `"Second"`},
		{"enum value out of range", "1: green", "256: green", "256"},
		{"enum name twice", "1: green", "1: red", "red"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, small, c.old)
			_, err := load([]byte(strings.Replace(small, c.old, c.new, 1)))
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := load(nil)
	require.Error(t, err)
}

func TestRunSaysWhichFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.go")
	require.Error(t, run(filepath.Join(t.TempDir(), "missing.yaml"), out))
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("messages: 5"), 0o644))
	require.ErrorContains(t, run(bad, out), "bad.yaml")
	require.NoFileExists(t, out)
}
