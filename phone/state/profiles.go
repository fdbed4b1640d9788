package state

import (
	"slices"

	"github.com/plugfest/plugfest/sim"
)

// A Profile is a provisioning profile.
type Profile struct {
	UUID string
	Data []byte // signed, as the host sent it
}

// Profiles are the provisioning profiles on the phone.
type Profiles struct {
	s    *State
	list []Profile
}

// maxProfiles bounds how many there may be.
const maxProfiles = 256

// All returns the profiles in the order of their installation.
func (p *Profiles) All() []Profile { return slices.Clone(p.list) }

// Install adds a profile; one of the same UUID is replaced. It reports false if
// there is no more room.
func (p *Profiles) Install(profile Profile) bool {
	p.list = slices.DeleteFunc(p.list, func(o Profile) bool { return o.UUID == profile.UUID })
	if len(p.list) >= maxProfiles {
		return false
	}
	p.list = append(p.list, profile)
	p.s.emit("profile installed", sim.Text("uuid", profile.UUID))
	return true
}

// Remove removes a profile and reports whether there was one.
func (p *Profiles) Remove(uuid string) bool {
	n := len(p.list)
	p.list = slices.DeleteFunc(p.list, func(o Profile) bool { return o.UUID == uuid })
	if len(p.list) == n {
		return false
	}
	p.s.emit("profile removed", sim.Text("uuid", uuid))
	return true
}
