package headunit

import (
	"math"
	"time"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Position is where the car is at the world's start, and where it goes.
type Position struct {
	Latitude  float64       `yaml:"latitude"`  // degrees, north positive
	Longitude float64       `yaml:"longitude"` // degrees, east positive
	Altitude  float64       `yaml:"altitude"`  // metres above the sea
	Speed     float64       `yaml:"speed"`     // metres a second
	Course    float64       `yaml:"course"`    // degrees from north, clockwise
	Every     time.Duration `yaml:"every"`     // between updates; about 1 s (f-io/LIVI)
}

// startLocation takes FFFA: from now on the head unit tells its position, one
// sentence in each message.
func (a *accessory) startLocation(d *control.Decoded) {
	a.stopLocation()
	gga, rmc := d.Has("GGA"), d.Has("RMC")
	a.location = session.Go(a.w, a.h.name+" location", func(t *session.Task) {
		for {
			fix := a.h.m.Position.at(a.w.Now())
			now := a.w.Time()
			if gga && !a.locate(t, fix.gga(now)) || rmc && !a.locate(t, fix.rmc(now)) {
				return
			}
			if !t.Sleep(a.h.m.Position.Every) {
				return
			}
		}
	})
}

func (a *accessory) locate(t *session.Task, sentence string) bool {
	return !t.Over() && a.send("LocationInformation", control.F("NMEASentence", sentence)) == nil && !t.Over()
}

func (a *accessory) stopLocation() {
	if a.location != nil {
		a.location.End()
		a.location = nil
	}
}

// metresPerDegree is the length of a degree of latitude.
const metresPerDegree = 111_320

// at returns the position after some time, on a plane: good for the length of a
// test drive.
func (p Position) at(d time.Duration) Position {
	way := float64(p.Speed * d.Seconds())
	course := float64(p.Course * math.Pi / 180)
	north := float64(way * math.Cos(course))
	east := float64(way * math.Sin(course))
	p.Longitude += float64(east / float64(metresPerDegree*math.Cos(float64(p.Latitude*math.Pi/180))))
	p.Latitude += float64(north / metresPerDegree)
	return p
}
