package picture

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/plugfest/plugfest/phone/state"
)

// Screen draws what the phone shows now.
func Screen(p *state.State) *Canvas {
	w, h := p.Model.Screen[0], p.Model.Screen[1]
	c := New(w, h, Hue(16, 0))
	unit := max(w/120, 2) // a dot of the font
	statusBar(c, p, unit)
	if p.Locked() {
		lockScreen(c, p, unit)
	} else {
		homeScreen(c, p, unit)
	}
	if buid, open := p.Dialog(); open && !p.Locked() {
		dialog(c, unit, buid)
	}
	return c
}

func statusBar(c *Canvas, p *state.State, unit int) {
	now := p.Time().In(p.Zone())
	c.Text(3*unit, 3*unit, unit, now.Format("15:04:05"), White)
	battery := fmt.Sprintf("%d%%", p.Battery())
	c.Text(c.Rect.Dx()-3*unit-TextWidth(battery, unit), 3*unit, unit, battery, White)
}

func lockScreen(c *Canvas, p *state.State, unit int) {
	w, h := c.Rect.Dx(), c.Rect.Dy()
	now := p.Time().In(p.Zone())
	c.Center(0, h/5, w, 3*unit, now.Format("15:04"), White)
	c.Center(0, h/5+26*unit, w, unit, now.Format("Monday, 2 January"), Light)
	c.Center(0, h-20*unit, w, unit, "locked", Light)
}

const columns = 4

func homeScreen(c *Canvas, p *state.State, unit int) {
	w, h := c.Rect.Dx(), c.Rect.Dy()
	cell := w / columns
	row := 0
	dock := 0
	column := 0
	c.Fill(0, h-cell-4*unit, w, cell+4*unit, Hue(16, 1))
	for _, app := range p.Apps.All() {
		x, y := column*cell, 16*unit+row*(cell+4*unit)
		if app.Dock {
			x, y = dock*cell, h-cell-unit
			dock++
		} else if column++; column == columns {
			column = 0
			row++
		}
		if !app.Dock && y+cell > h-cell-4*unit {
			continue
		}
		size := cell * 3 / 5
		drawIcon(c, x+(cell-size)/2, y, size, app)
		c.Center(x, y+size+2*unit, cell-unit, max(unit/2, 1), app.Name, White)
	}
}

func dialog(c *Canvas, unit int, who string) {
	w, h := c.Rect.Dx(), c.Rect.Dy()
	dw, dh := w*4/5, 60*unit
	x, y := (w-dw)/2, (h-dh)/2
	c.Round(x, y, dw, dh, 6*unit, White)
	c.Center(x, y+8*unit, dw, unit, "Trust This", Black)
	c.Center(x, y+18*unit, dw, unit, "Computer?", Black)
	c.Center(x, y+30*unit, dw, max(unit/2, 1), who, Grey)
	c.Fill(x, y+40*unit, dw, max(unit/3, 1), Light)
	c.Center(x, y+46*unit, dw/2, unit, "Trust", Hue(14, 1))
	c.Center(x+dw/2, y+46*unit, dw/2, unit, "Don't", Hue(14, 1))
}

// Icon draws an app's icon.
func Icon(app *state.App, size int) *Canvas {
	c := New(size, size, White)
	drawIcon(c, 0, 0, size, app)
	return c
}

// drawIcon draws a round square in the app's own colour, with its initials.
func drawIcon(c *Canvas, x, y, size int, app *state.App) {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(app.BundleID))
	c.Round(x, y, size, size, size/5, Hue(int(sum.Sum32()%24), 1+int(sum.Sum32()>>8)%2))
	var initials []rune
	for word := range strings.FieldsSeq(app.Name) {
		if initials = append(initials, []rune(word)[0]); len(initials) == 2 {
			break
		}
	}
	dot := max(size/18, 1)
	c.Center(x, y+(size-7*dot)/2, size, dot, string(initials), White)
}

// Wallpaper draws the home screen without anything on it.
func Wallpaper(p *state.State) *Canvas { return New(p.Model.Screen[0], p.Model.Screen[1], Hue(16, 0)) }
