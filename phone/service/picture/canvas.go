package picture

import (
	_ "embed"
	"image"
	"image/color"
	"strings"
	"unicode"
)

// Canvas is a picture of at most 256 colours.
type Canvas struct {
	*image.Paletted
}

// palette: a few greys, and then hues at three brightnesses.
var palette = func() color.Palette {
	p := color.Palette{color.Black, color.White, color.Gray{0x30}, color.Gray{0x80}, color.Gray{0xC0}}
	for _, bright := range []int{90, 150, 220} {
		for h := range 24 {
			p = append(p, hue(h*15, bright))
		}
	}
	return p
}()

// Colours of the palette.
const (
	Black uint8 = iota
	White
	Dark
	Grey
	Light
	firstHue
)

// Hue returns one of 24 colours at one of 3 brightnesses.
func Hue(h, bright int) uint8 { return firstHue + uint8(bright%3*24+h%24) }

// hue is a colour of the wheel, in degrees.
func hue(degrees, bright int) color.Color {
	up := func(shift int) uint8 {
		d := (degrees + shift) % 360
		if d > 180 {
			d = 360 - d
		}
		switch {
		case d < 60:
			return uint8(bright)
		case d < 120:
			return uint8(bright * (120 - d) / 60)
		}
		return 0
	}
	return color.RGBA{up(0), up(240), up(120), 0xFF}
}

// New makes a canvas of one colour.
func New(width, height int, fill uint8) *Canvas {
	c := &Canvas{image.NewPaletted(image.Rect(0, 0, width, height), palette)}
	c.Fill(0, 0, width, height, fill)
	return c
}

// Fill fills a rectangle.
func (c *Canvas) Fill(x, y, w, h int, colour uint8) {
	r := image.Rect(x, y, x+w, y+h).Intersect(c.Rect)
	for row := r.Min.Y; row < r.Max.Y; row++ {
		line := c.Pix[c.PixOffset(r.Min.X, row):c.PixOffset(r.Max.X, row)]
		for i := range line {
			line[i] = colour
		}
	}
}

// Round fills a rectangle with round corners.
func (c *Canvas) Round(x, y, w, h, radius int, colour uint8) {
	for row := range h {
		inset := 0
		if d := max(radius-row, radius-(h-1-row)); d > 0 {
			for inset < radius && (radius-inset)*(radius-inset)+d*d > radius*radius {
				inset++
			}
		}
		c.Fill(x+inset, y+row, w-2*inset, 1, colour)
	}
}

//go:embed font.txt
var fontText string

// font has the letters, each as seven rows of five dots.
var font = func() map[rune][]string {
	f := map[rune][]string{}
	for line := range strings.Lines(fontText) {
		fields := strings.Fields(line)
		f[[]rune(fields[0])[0]] = fields[1:]
	}
	return f
}()

// TextWidth returns how wide a text is at a size, which is that of a dot.
func TextWidth(text string, size int) int { return len([]rune(text)) * 6 * size }

// Text writes text, in capital letters; what the font lacks becomes a box.
func (c *Canvas) Text(x, y, size int, text string, colour uint8) {
	for _, r := range text {
		c.glyph(x, y, size, unicode.ToUpper(r), colour)
		x += 6 * size
	}
}

func (c *Canvas) glyph(x, y, size int, r rune, colour uint8) {
	rows, ok := font[r]
	if !ok {
		if r != ' ' {
			c.Fill(x, y, 5*size, 7*size, colour)
		}
		return
	}
	for j, row := range rows {
		for i, dot := range row {
			if dot == '#' {
				c.Fill(x+i*size, y+j*size, size, size, colour)
			}
		}
	}
}

// Center writes text in the middle of a width, cut to fit.
func (c *Canvas) Center(x, y, w, size int, text string, colour uint8) {
	r := []rune(text)
	for len(r) > 1 && TextWidth(string(r), size) > w {
		r = r[:len(r)-1]
	}
	c.Text(x+(w-TextWidth(string(r), size)+size)/2, y, size, string(r), colour)
}
