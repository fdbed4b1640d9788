package headunit

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"github.com/plugfest/plugfest/sim"
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

// runCarLife is the CarLife head-unit application on one stream.
func (h *HeadUnit) runCarLife(p *Protocol, rw io.ReadWriteCloser) error {
	u, err := h.newCarLife(p.CarLife, carlife.ConnectionEAP)
	if err != nil {
		return err
	}
	run := session.NewCarLife(h.w, h.name+" CarLife", rw, u.end, u.options(carlife.AppPiece))
	run.Start()
	run.WaitClosed()
	u.tell()
	return run.Err()
}

// carLifeUnit is one running session of the application.
type carLifeUnit struct {
	h      *HeadUnit
	o      CarLife
	end    *carlife.Vehicle
	frames int
	bytes  int64     // of their pictures
	sum    hash.Hash // of the same, while somebody observes the world
	again  func()    // leaves the connections
	retry  bool      // they were left, for new ones
}

func (h *HeadUnit) newCarLife(o CarLife, c carlife.Connection) (*carLifeUnit, error) {
	faults, err := carlife.ParseFault(o.Faults)
	if err != nil {
		return nil, err
	}
	end, err := carlife.NewVehicle(carlife.VehicleOptions{
		Profile: o.Profile, Connection: c, Width: o.Width, Height: o.Height, FrameRate: o.Rate,
		Version: carlife.Version{Major: o.Major, Minor: o.Minor}, Encryption: o.Encryption, Faults: faults,
	})
	return &carLifeUnit{h: h, o: o, end: end}, err
}

func (u *carLifeUnit) options(pieces int) session.CarLifeOptions {
	return session.CarLifeOptions{Pieces: pieces, Limits: carlife.DefaultLimits(u.o.Profile), State: u.h.state, On: u.event}
}

// tell says what pictures have arrived: on a carrier that shows what was sent, this is
// where it can be seen that it was received.
func (u *carLifeUnit) tell() {
	if u.sum != nil {
		u.h.state("CarLife video", sim.Int("frames", u.frames), sim.Int("bytes", u.bytes), sim.Text("sha256", hex.EncodeToString(u.sum.Sum(nil))))
	}
}

func (u *carLifeUnit) count(f *carlife.Frame) {
	u.frames++
	if !u.h.w.Observed() {
		return
	}
	if u.sum == nil {
		u.sum = sha256.New()
	}
	u.bytes += int64(len(f.Data))
	u.sum.Write(f.Data)
}

// event runs between processes; the touches it makes are only queued.
func (u *carLifeUnit) event(ev carlife.Event) {
	switch ev := ev.(type) {
	case *carlife.Frame:
		u.count(ev)
		for _, t := range u.o.Touches {
			if t.Frame == u.frames {
				u.end.Touch(u.h.w.Now(), carlife.MotionDown, t.X, t.Y)
				u.end.Touch(u.h.w.Now(), carlife.MotionUp, t.X, t.Y)
			}
		}
	case carlife.VersionRetry:
		u.retry = true
		u.again()
	}
}
