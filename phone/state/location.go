package state

import "github.com/plugfest/plugfest/sim"

// Location is where the phone believes to be.
type Location struct {
	// Simulated is set while a host tells the phone where it is.
	Simulated           bool
	Latitude, Longitude string // as the host wrote them
}

// Location returns where the phone believes to be.
func (s *State) Location() Location { return s.place }

// SetLocation has the phone believe to be somewhere; the zero Location ends that.
func (s *State) SetLocation(l Location) {
	s.place = l
	if l.Simulated {
		s.emit("location", sim.Text("latitude", l.Latitude), sim.Text("longitude", l.Longitude))
	} else {
		s.emit("location", sim.Text("simulated", "no"))
	}
}
