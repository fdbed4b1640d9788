package preset_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/internal/preset"
)

type lamp struct {
	Colour string   `yaml:"colour"`
	Watts  int      `yaml:"watts"`
	Rooms  []string `yaml:"rooms"`
}

var lamps = preset.Set[lamp]{
	FS: fstest.MapFS{
		"lamps/plain.yaml": {Data: []byte("colour: white\nwatts: 40\nrooms: [hall, attic]\n")},
		"lamps/red.yaml":   {Data: []byte("colour: red\nrooms: [cellar]\n")},
		"lamps/none.yaml":  {Data: []byte("watts: -1\n")},
		"lamps/notes.txt":  {Data: []byte("no preset")},
	},
	Dir: "lamps", Noun: "shop: lamp", Default: "plain",
	Check: func(l *lamp) error {
		if l.Watts < 0 {
			return errors.New("shop: lamp: watts are negative")
		}
		return nil
	},
}

func TestAPresetSaysWhereItDiffers(t *testing.T) {
	l, err := lamps.Load("red")
	require.NoError(t, err)
	require.Equal(t, lamp{"red", 40, []string{"cellar"}}, l)
	l, err = lamps.Parse(nil)
	require.NoError(t, err)
	require.Equal(t, lamp{"white", 40, []string{"hall", "attic"}}, l)
}

func TestWhatIsRefused(t *testing.T) {
	_, err := lamps.Load("blue")
	require.EqualError(t, err, `shop: lamp: there is no "blue"; there are none, plain, red`)
	_, err = lamps.Load("none")
	require.ErrorContains(t, err, "negative")
	_, err = lamps.Parse([]byte("color: red"))
	require.ErrorContains(t, err, "shop: lamp: ")
	require.ErrorContains(t, err, "color")
}
