package phone

import (
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// USBMux is the phone's end of usbmux, and how it departs from a good one: each in
// a way that was reported of real phones (libimobiledevice/usbmuxd and its issues).
type USBMux struct {
	Version uint32 `yaml:"version"` // that it answers: 2, or 1 as the first iPhones did
	Mute    bool   `yaml:"mute"`    // never answers VERSION

	DropSyns   int           `yaml:"drop-syns"`   // so many connections are never answered, the first after each SET_CONFIGURATION
	AnswerLate time.Duration `yaml:"answer-late"` // how late connections are answered
	RefuseFor  time.Duration `yaml:"refuse-for"`  // how long after SET_CONFIGURATION lockdown's port is refused
	// NoAckAfter stops to acknowledge on each connection after so many bytes have
	// come; ResetAfter ends each after so many in both directions together. 0: never.
	NoAckAfter int64 `yaml:"no-ack-after"`
	ResetAfter int64 `yaml:"reset-after"`
	// StallAt halts the IN pipe once, before the n-th packet since
	// SET_CONFIGURATION; 0: never.
	StallAt int `yaml:"stall-at"`
	// Flaps is how often the phone leaves the bus and comes back, FlapAfter after
	// usbmux is up.
	Flaps     int           `yaml:"flaps"`
	FlapAfter time.Duration `yaml:"flap-after"`

	IgnoreWindow bool `yaml:"ignore-window"` // sends more than the host has room for; usbmuxd 1.1.1 crashes
	AckAcks      bool `yaml:"ack-acks"`      // acknowledges acknowledgements: with usbmuxd, for ever
}

// SetUSBMux changes how the phone's usbmux behaves, for connections to come; what
// holds from SET_CONFIGURATION on holds from the next one.
func (p *Phone) SetUSBMux(u USBMux) error {
	if err := u.check(); err != nil {
		return fmt.Errorf("phone: %w", err)
	}
	p.p.USBMux = u
	return nil
}

func (u *USBMux) check() error {
	for _, f := range []struct {
		key   string
		value int64
	}{
		{"drop-syns", int64(u.DropSyns)}, {"answer-late", int64(u.AnswerLate)}, {"refuse-for", int64(u.RefuseFor)},
		{"no-ack-after", u.NoAckAfter}, {"reset-after", u.ResetAfter}, {"stall-at", int64(u.StallAt)},
		{"flaps", int64(u.Flaps)}, {"flap-after", int64(u.FlapAfter)},
	} {
		if f.value < 0 {
			return fmt.Errorf("usbmux.%s is %d; want 0 or more", f.key, f.value)
		}
	}
	if u.Version == 0 {
		return fmt.Errorf("usbmux.version is 0; want 1 or 2, or another that nobody speaks")
	}
	return nil
}

// config is that of the engine.
func (u *USBMux) config() usbmux.Config {
	return usbmux.Config{Strict: true, ReadSize: muxRead, Version: u.Version,
		Faults: usbmux.Faults{Mute: u.Mute, IgnoreWindow: u.IgnoreWindow, AckAcks: u.AckAcks}}
}

// incoming takes a connection, as the persona has it.
func (m *muxDevice) incoming(c *usbmux.Conn) {
	u, w := &m.d.p.p.USBMux, m.d.p.w
	k := newMuxConn(m, c)
	switch m.opened++; {
	case m.opened <= u.DropSyns:
		m.d.p.state("connection not answered", sim.Int("port", c.Port()))
	case u.RefuseFor > 0 && c.Port() == usbmux.LockdownPort && w.Now() < m.began+u.RefuseFor:
		_ = c.Refuse(w.Now(), "")
	case u.AnswerLate > 0:
		w.After(u.AnswerLate, func() {
			if !m.over && !k.ends {
				m.connect(k)
				m.turn()
			}
		})
	default:
		m.connect(k)
	}
}

// connect hands a connection to what answers on its port.
func (m *muxDevice) connect(k *muxConn) {
	now := m.d.p.w.Now()
	if m.d.p.ports == nil || m.d.p.ports.Connect(k.c.Port(), k) != nil {
		_ = k.c.Refuse(now, "") // closed already, at the worst
		return
	}
	_ = k.c.Accept(now)
}

// up follows the agreement on a version: a phone that flaps goes soon.
func (m *muxDevice) up(version uint32) {
	d := m.d
	d.p.state("usbmux up", sim.Int("version", version))
	if u := &d.p.p.USBMux; d.p.flaps < u.Flaps {
		d.p.flaps++
		d.p.w.After(u.FlapAfter, func() {
			if !m.over {
				d.leaves = true
				d.switched.Signal()
			}
		})
	}
}

// stall halts the IN pipe where the persona says so; the host clears it.
func (m *muxDevice) stall() {
	if m.sent++; m.sent == m.d.p.p.USBMux.StallAt {
		m.d.p.state("IN pipe stalled")
		m.in.SetHalt(true)
	}
}

// allowed is how much of n bytes may be read: none once acknowledgements are to end.
func (k *muxConn) allowed(n int) int {
	if limit := k.m.d.p.p.USBMux.NoAckAfter; limit > 0 {
		return int(min(int64(n), max(limit-k.read, 0)))
	}
	return n
}

// moved counts what has passed, and ends a connection that has had enough.
func (k *muxConn) moved(n int) {
	limit := k.m.d.p.p.USBMux.ResetAfter
	if k.passed += int64(n); limit == 0 || k.passed < limit || k.err != nil {
		return
	}
	k.m.d.p.state("connection reset", sim.Int("port", k.c.Port()), sim.Int("bytes", k.passed))
	k.err = io.EOF
	k.c.Close(k.now()) // once what was sent has left
	k.wake()
}
