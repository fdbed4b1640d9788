package mfi

import (
	"fmt"
	"time"
)

// SystemEventCounter reads the counter of the 2.0 that falls by one a second while the chip has power. A host must not cut the power
// before it reads 0. The 3.0 has none: ErrUnsupported.
func (c *Coprocessor) SystemEventCounter() (uint8, error) {
	s := step{op: "event counter", name: "read", reg: RegEventCounter}
	if c.gen != Gen20 {
		return 0, c.fail(s, ErrUnsupported, fmt.Sprintf("this is a %v chip", c.gen), "its power may be cut at any time")
	}
	return c.readByte(s)
}

// AwaitPowerOff waits until the power may be cut: until the event counter of a 2.0 reads 0, looking once a second as HomeKitADK
// does; not at all on a 3.0. It fails with ErrTimeout after limit.
func (c *Coprocessor) AwaitPowerOff(limit time.Duration) error {
	if c.gen != Gen20 {
		return nil
	}
	deadline := c.clock.Now() + limit
	for {
		n, err := c.SystemEventCounter()
		if err != nil || n == 0 {
			return err
		}
		if c.clock.Now() >= deadline {
			return c.fail(step{op: "power off", name: "wait for the event counter", reg: RegEventCounter}, ErrTimeout,
				fmt.Sprintf("still at %d after %v", n, limit), "keep the power on for as many seconds")
		}
		c.clock.Sleep(min(time.Second, deadline-c.clock.Now()))
	}
}

// Sleep sends a 3.0 to sleep at once; any later call wakes it. The 2.0 has no such register and sleeps by itself: ErrUnsupported.
//
// The value to write is in no public source; Sleep writes 1.
func (c *Coprocessor) Sleep() error {
	s := step{op: "sleep", name: "write", reg: RegSleep}
	if c.gen != Gen30 {
		return c.fail(s, ErrUnsupported, fmt.Sprintf("this is a %v chip", c.gen), "it sleeps by itself when left alone")
	}
	return c.write(s, sleepNow)
}
