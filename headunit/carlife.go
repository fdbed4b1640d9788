package headunit

import (
	"io"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// CarLife is what the head unit does in a CarLife session.
type CarLife struct {
	Profile    carlife.Profile `yaml:"profile"`    // hu-app or cpp-lib
	Width      int             `yaml:"width"`      // of its screen; 0: 1280 by 720
	Height     int             `yaml:"height"`     //
	Rate       int             `yaml:"rate"`       // frames a second it asks for; 0 leaves it to the phone
	Major      int32           `yaml:"major"`      // protocol version; 0: 1.0
	Minor      int32           `yaml:"minor"`      //
	Encryption bool            `yaml:"encryption"` // content encryption
	Touches    []Touch         `yaml:"touches"`    // what its user does
	Faults     string          `yaml:"faults"`     // names of carlife.Fault, joined with +
}

// Touch is one tap of the user, by the frame after which it comes.
type Touch struct {
	Frame int `yaml:"frame"` // number of the video frame, from 1
	X     int `yaml:"x"`     // in pixels of the screen
	Y     int `yaml:"y"`
}

// runCarLife is the CarLife head-unit application.
func (h *HeadUnit) runCarLife(p *Protocol, rw io.ReadWriteCloser) error {
	o := p.CarLife
	faults, err := carlife.ParseFault(o.Faults)
	if err != nil {
		return err
	}
	end, err := carlife.NewVehicle(carlife.VehicleOptions{
		Profile: o.Profile, Width: o.Width, Height: o.Height, FrameRate: o.Rate,
		Version: carlife.Version{Major: o.Major, Minor: o.Minor}, Encryption: o.Encryption, Faults: faults,
	})
	if err != nil {
		return err
	}
	c := &carLifeUnit{h: h, o: o, end: end}
	run := session.NewCarLife(h.w, h.name+" CarLife", rw, end,
		session.CarLifeOptions{Pieces: carlife.AppPiece, Limits: carlife.DefaultLimits(o.Profile), State: h.state, On: c.event})
	run.Start()
	run.WaitClosed()
	return run.Err()
}

// carLifeUnit is one running session of the application.
type carLifeUnit struct {
	h      *HeadUnit
	o      CarLife
	end    *carlife.Vehicle
	frames int
}

// event runs between processes; the touches it makes are only queued.
func (c *carLifeUnit) event(ev carlife.Event) {
	if _, ok := ev.(*carlife.Frame); !ok {
		return
	}
	c.frames++
	for _, t := range c.o.Touches {
		if t.Frame == c.frames {
			c.end.Touch(c.h.w.Now(), carlife.MotionDown, t.X, t.Y)
			c.end.Touch(c.h.w.Now(), carlife.MotionUp, t.X, t.Y)
		}
	}
}
