package usb_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// A step of the random tests: what to do, and two numbers to do it with.
type step struct {
	what string
	a, b int
}

var steps = []string{
	"in", "in", "in", "out", "out", "out", "cancel", "cancel", "write", "write", "write", "read", "read", "read transfer",
	"in", "out", "write", "read", "in", "out", "write", "read transfer", "in", "out", "write", "read", "clear halt", "sleep",
	"halt", "clear halt", "setting", "setting", "configuration", "reset", "unplug", "control", "sleep", "sleep", "impair", "release",
}

// machine drives one cable through random steps and keeps account.
type machine struct {
	w       *sim.World
	cable   *usb.Cable
	g       *usb.Gadget
	c       usb.Conn
	im      func(int) sim.Impairments
	pending []*account
	all     []*account
	calling bool     // inside Submit, Cancel or the like
	faults  []string // what should not have happened
	epoch   [32]int  // how often each endpoint has begun
	moved   map[[2]int]*[2][]byte
	counter [32]int // next byte of each endpoint
}

// account is a transfer and what is known of it.
type account struct {
	usb.Transfer
	key  [2]int // endpoint and its epoch
	done int
}

func (m *machine) fault(format string, a ...any) {
	m.faults = append(m.faults, fmt.Sprintf(format, a...))
}

func (m *machine) check(err error, allowed ...usb.Status) {
	if err == nil {
		return
	}
	for _, s := range allowed {
		if err == s {
			return
		}
	}
	m.fault("error %v", err)
}

var machineEndpoints = []uint8{0x81, 0x01, 0x82, 0x02}

func index(ep uint8) int { return int(ep&15) | int(ep>>3&16) }

// bytesOf returns the next n bytes of an endpoint.
func (m *machine) bytesOf(ep uint8, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		m.counter[index(ep)]++
		b[i] = byte(m.counter[index(ep)] * 7 / 3)
	}
	return b
}

// ledger is what device (0) and host (1) know of the bytes of an epoch.
func (m *machine) ledger(ep uint8) (key [2]int, l *[2][]byte) {
	key = [2]int{index(ep), m.epoch[index(ep)]}
	l = m.moved[key]
	if l == nil {
		l = &[2][]byte{}
		m.moved[key] = l
	}
	return key, l
}

// ended begins new epochs.
func (m *machine) ended(eps ...uint8) {
	for _, ep := range eps {
		m.epoch[index(ep)]++
	}
}

func (m *machine) connect() bool {
	info, ok := usb.WaitDevice(m.cable.A(), m.w.Now()+time.Hour)
	if !ok {
		m.fault("no device")
		return false
	}
	c, err := m.cable.A().Open(info.ID)
	m.check(err)
	m.c = c
	m.configure()
	return true
}

func (m *machine) configure() {
	m.check(m.c.SetConfiguration(1))
	m.check(m.c.ClaimInterface(0))
	m.check(m.c.ClaimInterface(1))
	m.check(m.c.SetInterface(1, 1))
}

func (m *machine) submit(ep uint8, data []byte, zlp bool) {
	a := &account{}
	a.Endpoint, a.Data, a.ZeroPacket = ep, data, zlp
	a.key, _ = m.ledger(ep)
	a.Done = func(t *usb.Transfer) {
		if m.calling {
			m.fault("Done from inside a call")
		}
		a.done++
		for i, p := range m.pending {
			if p == a {
				m.pending = append(m.pending[:i], m.pending[i+1:]...)
				break
			}
		}
	}
	m.pending = append(m.pending, a)
	m.all = append(m.all, a)
	m.call(func() { m.c.Submit(&a.Transfer) })
}

func (m *machine) call(fn func()) {
	m.calling = true
	fn()
	m.calling = false
}

func (m *machine) do(s step) {
	ep := machineEndpoints[s.a%4]
	switch s.what {
	case "in":
		m.submit(ep|usb.DirIn, make([]byte, s.b*256), false)
	case "out":
		m.submit(ep&^usb.DirIn, m.bytesOf(ep&^usb.DirIn, s.b*256), s.a&4 != 0)
	case "cancel":
		if len(m.pending) > 0 {
			a := m.pending[s.a%len(m.pending)]
			m.call(func() { m.c.Cancel(&a.Transfer) })
		}
	case "write":
		ep |= usb.DirIn
		data := m.bytesOf(ep, s.b*256)
		_, l := m.ledger(ep)
		e := m.g.Endpoint(ep)
		e.AutoZLP = s.a&4 != 0
		m.w.Go("write", func() {
			n, err := e.Write(data)
			l[0] = append(l[0], data[:n]...)
			// What a write did not get rid of is not sent by the next one.
			m.check(err, usb.Shutdown, usb.Disconnected)
		})
		m.w.Yield()
	case "read", "read transfer":
		ep &^= usb.DirIn
		_, l := m.ledger(ep)
		e := m.g.Endpoint(ep)
		m.w.Go("read", func() {
			buf := make([]byte, s.b*100+1)
			if s.what == "read transfer" {
				buf = make([]byte, s.b*512+512)
			}
			read := e.Read
			if s.what == "read transfer" {
				read = e.ReadTransfer
			}
			n, err := read(buf)
			l[0] = append(l[0], buf[:n]...)
			m.check(err, usb.Shutdown, usb.Disconnected)
		})
		m.w.Yield()
	case "halt":
		m.call(func() { m.g.Endpoint(ep).SetHalt(true) })
	case "clear halt":
		m.check(m.c.ClearHalt(ep), usb.Invalid)
	case "setting":
		m.check(m.c.SetInterface(1, uint8(s.a&1)))
		m.ended(0x82, 0x02)
	case "configuration":
		m.configure()
		m.ended(machineEndpoints...)
	case "reset":
		m.check(m.c.Reset())
		m.ended(machineEndpoints...)
	case "unplug":
		m.call(m.cable.Unplug)
		m.w.Sleep(time.Duration(s.a) * time.Millisecond)
		m.call(m.cable.Plug)
		m.connect()
		m.ended(machineEndpoints...)
	case "release":
		m.check(m.c.ReleaseInterface(0))
		m.check(m.c.ClaimInterface(0))
	case "control":
		_, err := usb.Control(m.w, m.c, usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100}, make([]byte, 18), time.Second)
		m.check(err)
	case "sleep":
		m.w.Sleep(time.Duration(s.b) * time.Millisecond)
	case "impair":
		if m.im != nil {
			m.cable.Impair(m.im(s.a), m.im(s.b))
		}
	}
}

// lazy is a device that takes a millisecond to cancel.
type lazy struct {
	*usb.Gadget
	w    *sim.World
	n    int
	uses map[*usb.Transfer]int
}

func (l *lazy) Submit(t *usb.Transfer) {
	l.n++
	l.uses[t] = l.n
	l.Gadget.Submit(t)
}

func (l *lazy) Cancel(t *usb.Transfer) {
	use := l.uses[t]
	l.w.After(time.Millisecond, func() {
		if l.uses[t] == use {
			l.Gadget.Cancel(t)
		}
	})
}

func runMachine(list []step, first sim.Impairments, im func(int) sim.Impairments) *machine {
	return runMachineOn(list, first, im, func(w *sim.World, g *usb.Gadget) usb.Device { return g })
}

func runMachineOn(list []step, first sim.Impairments, im func(int) sim.Impairments, device func(*sim.World, *usb.Gadget) usb.Device) *machine {
	w := sim.New(sim.TimeLimit(time.Hour))
	m := &machine{w: w, im: im, moved: map[[2]int]*[2][]byte{}}
	err := w.Run(func() {
		m.cable = usb.NewCable(w, instant(usb.CableOptions{AB: first, BA: first}))
		m.g = usb.NewGadget(w, "g", rich(), nil)
		m.check(m.cable.B().Attach(device(w, m.g)))
		if !m.connect() {
			return
		}
		for _, s := range list {
			m.do(s)
		}
		// Everything ends with the device.
		m.call(m.cable.B().Detach)
		w.Sleep(time.Minute)
	})
	if err != nil {
		m.fault("world: %v", err)
	}
	for i, a := range m.all {
		if a.done != 1 {
			m.fault("transfer %d on %02X is done %d times", i, a.Endpoint, a.done)
		}
		// In the order of submission, which is that of the data.
		m.moved[a.key][1] = append(m.moved[a.key][1], a.Data[:a.Actual]...)
	}
	return m
}

// drawSteps draws many: rapid makes short lists, so it makes a list of them.
func drawSteps(t *rapid.T) (list []step) {
	one := rapid.Custom(func(t *rapid.T) step {
		return step{rapid.SampledFrom(steps).Draw(t, "what"), rapid.IntRange(0, 7).Draw(t, "a"), rapid.IntRange(0, 9).Draw(t, "b")}
	})
	for _, l := range rapid.SliceOfN(rapid.SliceOfN(one, 5, 20), 3, 20).Draw(t, "steps") {
		list = append(list, l...)
	}
	return list
}

// On a perfect cable nothing is lost, doubled or out of order, whatever host
// and device do: what one side knows to have moved, the other knows too. A
// device may have taken a packet that nobody read to its end.
func TestMachineOnPerfectCable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := runMachine(drawSteps(t), sim.Impairments{}, nil)
		for _, f := range m.faults {
			t.Error(f)
		}
		for key, l := range m.moved {
			device, host := string(l[0]), string(l[1])
			if key[0]&16 != 0 { // in
				if device != host {
					t.Errorf("endpoint %d: device sent %d bytes, host got %d, or others", key[0], len(device), len(host))
				}
				continue
			}
			if len(host) < len(device) || host[:len(device)] != device || len(host)-len(device) >= 512 {
				t.Errorf("endpoint %d: host sent %d bytes, device read %d, or others", key[0], len(host), len(device))
			}
		}
	})
}

// With latency the same holds, save what is under way when the cable is pulled.
func TestMachineWithLatency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		im := sim.Impairments{Latency: 3 * time.Millisecond, Jitter: 2 * time.Millisecond, Bandwidth: 1 << 20}
		m := runMachine(drawSteps(t), im, nil)
		for _, f := range m.faults {
			t.Error(f)
		}
		for key, l := range m.moved {
			from, to := string(l[0]), string(l[1])
			if key[0]&16 == 0 {
				from, to = to, from
			}
			if len(to) > len(from) || from[:len(to)] != to {
				t.Errorf("endpoint %d: %d bytes sent, %d arrived, or others", key[0], len(from), len(to))
			}
		}
	})
}

// badPaths are what the cable may become in the course of a run.
func badPaths(n int) sim.Impairments {
	return [...]sim.Impairments{
		{},
		{Loss: 0.3},
		{Duplicate: 0.5, Latency: time.Millisecond},
		{Reorder: 0.5, ReorderDelay: 2 * time.Millisecond},
		{BitError: 0.5, Jitter: time.Millisecond},
		{Latency: time.Millisecond},
		{Loss: 0.2, Duplicate: 0.2, Reorder: 0.2, Latency: time.Millisecond},
		{Faults: []sim.Fault{{Kind: sim.Delay, Packet: 3, For: 5 * time.Millisecond}}},
		{Bandwidth: 1 << 20, Duplicate: 1},
		{Faults: []sim.Fault{{Kind: sim.Stall, Packet: 2, For: 5 * time.Millisecond}}},
	}[n]
}

// Whatever the impairments, and whenever they change, each transfer is done
// exactly once and nothing hangs.
func TestMachineWithImpairments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := runMachine(drawSteps(t), badPaths(rapid.IntRange(0, 9).Draw(t, "first")), badPaths)
		for _, f := range m.faults {
			t.Error(f)
		}
	})
}

// The same with a device that takes its time to give transfers back.
func TestMachineWithLazyDevice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := runMachineOn(drawSteps(t), badPaths(rapid.IntRange(0, 9).Draw(t, "first")), badPaths, func(w *sim.World, g *usb.Gadget) usb.Device {
			return &lazy{Gadget: g, w: w, uses: map[*usb.Transfer]int{}}
		})
		for _, f := range m.faults {
			t.Error(f)
		}
	})
}
