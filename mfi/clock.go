package mfi

import "time"

// Clock is the time that a driver or a simulated bus lives in. A sim.World is a Clock.
type Clock interface {
	// Now is the time since an arbitrary start. It never goes back.
	Now() time.Duration
	// Sleep waits for d. It returns at once when d is not positive.
	Sleep(d time.Duration)
}
