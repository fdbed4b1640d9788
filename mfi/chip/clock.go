package chip

import "time"

// VirtualClock is an mfi.Clock for one goroutine: sleeping moves it on and takes no time. The zero value starts at 0. Inside a world
// use the world.
type VirtualClock struct{ now time.Duration }

// Now is the sum of all that was slept.
func (v *VirtualClock) Now() time.Duration { return v.now }

// Sleep moves the clock on by d.
func (v *VirtualClock) Sleep(d time.Duration) { v.now += max(d, 0) }
