package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
)

func TestErrorShowsTheLine(t *testing.T) {
	long := strings.Repeat("x", 60) + strings.Repeat("y", 60) + strings.Repeat("z", 60)
	for _, c := range []struct {
		name string
		err  scenarios.Error
		want string
	}{
		{"plain", scenarios.Error{File: "f.yaml", Line: 3, Col: 5, Text: "abc defg", Msg: "bad"},
			"f.yaml:3:5: bad\n    abc defg\n        ^"},
		{"no place", scenarios.Error{File: "f.yaml", Msg: "bad"}, "f.yaml: bad"},
		{"tab", scenarios.Error{File: "f", Line: 1, Col: 3, Text: "\tab", Msg: "bad"}, "f:1:3: bad\n    \tab\n    \t ^"},
		{"wide", scenarios.Error{File: "f", Line: 1, Col: 4, Text: "äö€x", Msg: "bad"}, "f:1:4: bad\n    äö€x\n       ^"},
		{"control characters", scenarios.Error{File: "f", Line: 1, Col: 3, Text: "a\x1b[31mb\r", Msg: "bad"}, "f:1:3: bad\n    a\uFFFD[31mb\n      ^"},
		{"past the end", scenarios.Error{File: "f", Line: 1, Col: 99, Text: "ab", Msg: "bad"}, "f:1:99: bad\n    ab\n      ^"},
		{"before the beginning", scenarios.Error{File: "f", Line: 1, Col: 0, Text: "ab", Msg: "bad"}, "f:1:0: bad\n    ab\n    ^"},
		{"long, at its begin", scenarios.Error{File: "f", Line: 1, Col: 1, Text: long, Msg: "bad"},
			"f:1:1: bad\n    " + long[:50] + "...\n    ^"},
		{"long, at its end", scenarios.Error{File: "f", Line: 1, Col: 180, Text: long, Msg: "bad"},
			"f:1:180: bad\n    ..." + long[109:] + "\n    " + strings.Repeat(" ", 73) + "^"},
		{"long, in its middle", scenarios.Error{File: "f", Line: 1, Col: 101, Text: long, Msg: "bad"},
			"f:1:101: bad\n    ..." + long[30:150] + "...\n    " + strings.Repeat(" ", 73) + "^"},
	} {
		require.Equal(t, c.want, c.err.Error(), c.name)
	}
}

func TestPosition(t *testing.T) {
	require.Equal(t, "f.yaml:3:5", scenarios.Position{File: "f.yaml", Line: 3, Col: 5}.String())
	require.Equal(t, "f.yaml", scenarios.Position{File: "f.yaml"}.String())
	require.Empty(t, scenario("a", "within 1s phone > usb attach").Position(0, false).String())
}
