package picture_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/service/picture"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// rows returns a canvas as text, a letter for each pixel that is not black.
func rows(c *picture.Canvas) (out []string) {
	for y := range c.Rect.Dy() {
		row := ""
		for x := range c.Rect.Dx() {
			if c.ColorIndexAt(x, y) == picture.Black {
				row += "."
			} else {
				row += "#"
			}
		}
		out = append(out, row)
	}
	return out
}

func TestText(t *testing.T) {
	c := picture.New(12, 7, picture.Black)
	c.Text(0, 0, 1, "t1", picture.White)
	require.Equal(t, []string{
		"#####...#...",
		"..#....##...",
		"..#.....#...",
		"..#.....#...",
		"..#.....#...",
		"..#.....#...",
		"..#....###..",
	}, rows(c))
	require.Equal(t, 12, picture.TextWidth("t1", 1))
	require.Equal(t, 36, picture.TextWidth("日本語", 2))
}

func TestShapes(t *testing.T) {
	c := picture.New(6, 5, picture.Black)
	c.Round(0, 0, 6, 5, 2, picture.White)
	require.Equal(t, []string{"..##..", ".####.", "######", ".####.", "..##.."}, rows(c))
	c.Fill(-5, -5, 100, 100, picture.Black) // what is outside is cut
	require.Equal(t, "......", rows(c)[0])
}

// Each glyph of the font is as wide and high as the others, and no two are alike.
func TestFont(t *testing.T) {
	seen := map[string]rune{}
	for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:'-%?!/()&" {
		c := picture.New(8, 9, picture.Black)
		c.Text(1, 1, 1, string(r), picture.White)
		key := fmt.Sprint(rows(c))
		require.NotContains(t, seen, key, "%c", r)
		seen[key] = r
		for y, row := range rows(c) {
			require.Equal(t, byte('.'), row[0])
			require.Equal(t, "..", row[6:])
			if y == 0 || y == 8 {
				require.Equal(t, "........", row)
			}
		}
	}
}

func TestTIFF(t *testing.T) {
	c := picture.New(3, 2, picture.White)
	c.Fill(0, 0, 1, 1, picture.Black)
	b := c.TIFF()
	le := binary.LittleEndian
	require.Equal(t, "II*\x00", string(b[:4]))
	tags := map[uint16]uint32{}
	for i := range int(le.Uint16(b[8:])) {
		e := b[10+12*i:]
		if i > 0 {
			require.Greater(t, le.Uint16(e), le.Uint16(b[10+12*(i-1):]), "tags ascend")
		}
		tags[le.Uint16(e)] = le.Uint32(e[8:])
	}
	require.Equal(t, uint32(3), tags[256])
	require.Equal(t, uint32(2), tags[257])
	require.Equal(t, uint32(18), tags[279])
	pixels := b[tags[273]:]
	require.Len(t, pixels, 18)
	require.Equal(t, []byte{0, 0, 0, 255, 255, 255}, pixels[:6])
}

// The picture changes with whatever it shows, and with nothing else.
func TestScreen(t *testing.T) {
	w := sim.New()
	p, err := state.New(w, "phone", state.Options{ProductType: "iPhone14,7", ProductVersion: "16.0", Passcode: true, User: state.User{Answer: state.AnswerNone}})
	require.NoError(t, err)
	shoot := func() [32]byte { return sha256.Sum256(picture.Screen(p).Pix) }
	require.NoError(t, w.Run(func() {
		before := shoot()
		require.Equal(t, before, shoot())
		for what, do := range map[string]func(){
			"clock":   func() { w.Sleep(time.Second) },
			"battery": func() { p.SetBattery(p.Battery() - 1) },
			"app":     func() { p.Apps.Install(state.App{BundleID: "com.example.new"}) },
			"dialog":  func() { _, _ = p.Pair(state.Host{HostID: "1", SystemBUID: "desk"}, false) },
		} {
			do()
			after := shoot()
			require.NotEqual(t, before, after, what)
			before = after
		}
		p.Lock()
		locked := shoot()
		require.NotEqual(t, before, locked)
		p.Trust()
		require.Equal(t, locked, shoot(), "the dialog is behind the lock")
	}))
}

func TestIconsDiffer(t *testing.T) {
	p, err := state.New(sim.New(), "phone", state.Options{})
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, app := range p.Apps.All() {
		seen[string(picture.Icon(app, 60).Pix)] = true
	}
	require.Greater(t, len(seen), 20)
}

// Every model's screen can be drawn, in its size.
func TestEveryModel(t *testing.T) {
	l, err := state.Load()
	require.NoError(t, err)
	for _, model := range l.Models() {
		p, err := l.New(sim.New(), "phone", state.Options{ProductType: model, ProductVersion: l.Model(model).Last})
		require.NoError(t, err)
		c := picture.Screen(p)
		require.Equal(t, p.Model.Screen, [2]int{c.Rect.Dx(), c.Rect.Dy()})
		require.Equal(t, c.Rect, picture.Wallpaper(p).Rect)
	}
}

func Example() {
	c := picture.New(64, 64, picture.White)
	c.Center(0, 28, 64, 1, "Hello", picture.Black)
	data, err := c.PNG()
	if err != nil {
		fmt.Println(err)
		return
	}
	config, _ := png.DecodeConfig(bytes.NewReader(data))
	fmt.Println(config.Width, config.Height)
	// Output: 64 64
}
