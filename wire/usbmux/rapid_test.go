package usbmux

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// machine is two engines whose transfers wait on the cable until they are
// delivered, whole, in a host's reads, or cut anywhere, and a model of what each
// connection has been given.
type machine struct {
	ends    [2]*Engine // by Role
	now     time.Duration
	cable   [2][]byte   // stream: bytes under way to each role
	packets [2][][]byte // otherwise: transfers under way to each role
	stream  bool
	conns   []*pipe
	byHost  map[*Conn]*pipe
	byDev   map[*Conn]*pipe
	loose   []*Conn // incoming, not answered
	ports   uint16
}

// pipe is the model of one connection.
type pipe struct {
	host, device *Conn
	written      [2][]byte // by the role that writes
	read         [2][]byte // by the role that reads
	ended        [2]int    // Closed or Refused events
	reset        bool      // Reset, or a session that ended: bytes may be lost
	closedBy     [2]bool
}

func (p *pipe) String() string { return p.host.String() }

func (m *machine) of(c *Conn) *pipe {
	if p := m.byHost[c]; p != nil {
		return p
	}
	return m.byDev[c]
}

func (m *machine) poll(t *rapid.T, role Role) {
	for ev, ok := m.ends[role].Poll(); ok; ev, ok = m.ends[role].Poll() {
		switch ev.Kind {
		case Violated:
			t.Fatalf("%v: %v", role, ev)
		case Incoming:
			for _, p := range m.conns {
				if p.device == nil && p.host.HostPort() == ev.Conn.HostPort() && p.host.Port() == ev.Conn.Port() {
					p.device = ev.Conn
					m.byDev[ev.Conn] = p
				}
			}
			if m.byDev[ev.Conn] == nil {
				t.Fatalf("an incoming connection that nobody opened: %v", ev.Conn)
			}
			m.loose = append(m.loose, ev.Conn)
		case Closed, Refused:
			p := m.of(ev.Conn)
			if p.ended[role]++; p.ended[role] > 1 {
				t.Fatalf("%v ended twice: %v", role, ev)
			}
			if ev.Reason == TimedOut || ev.Reason == Detached || ev.Reason == PeerRestarted {
				p.reset = true
			}
		}
	}
}

// collect takes what both ends have to say.
func (m *machine) collect(t *rapid.T) {
	for role := range m.ends {
		e := m.ends[role]
		m.poll(t, Role(role))
		for b, ok := e.NextOutput(); ok; b, ok = e.NextOutput() {
			to := 1 - role
			if len(b) > MaxToHost || to == int(Device) && len(b) > MaxToDevice {
				t.Fatalf("packet of %d bytes", len(b))
			}
			if m.stream {
				m.cable[to] = append(m.cable[to], b...)
			} else {
				m.packets[to] = append(m.packets[to], slices.Clone(b))
			}
			m.poll(t, Role(role))
		}
	}
}

func (m *machine) deliver(t *rapid.T, to Role) {
	if m.stream {
		n := len(m.cable[to])
		if n > 0 {
			n = rapid.IntRange(1, min(n, 70000)).Draw(t, "bytes")
		}
		m.ends[to].Feed(m.now, slices.Clone(m.cable[to][:n]))
		m.cable[to] = m.cable[to][n:]
	} else if len(m.packets[to]) > 0 {
		for chunk := range Chunks(m.packets[to][0], ReadSize, 512) {
			m.ends[to].Feed(m.now, chunk)
		}
		m.packets[to] = m.packets[to][1:]
	}
	m.poll(t, to)
}

func (m *machine) end(p *pipe, role Role) *Conn {
	if role == Host {
		return p.host
	}
	return p.device
}

func (m *machine) take(p *pipe, role Role, n int) {
	c := m.end(p, role)
	buf := make([]byte, n)
	k := c.Read(m.now, buf)
	p.read[role] = append(p.read[role], buf[:k]...)
}

// check compares the model: what was read is how what was written begins.
func (m *machine) check(t *rapid.T) {
	m.collect(t)
	for _, p := range m.conns {
		for role, got := range p.read {
			if !bytes.HasPrefix(p.written[1-role], got) {
				t.Fatalf("%v: read %d bytes that are not what was written", p.host, len(got))
			}
			if c := m.end(p, Role(role)); c != nil && c.Buffered() > m.ends[role].cfg.Window {
				t.Fatalf("%v holds %d bytes", c, c.Buffered())
			}
		}
	}
}

func (m *machine) pick(t *rapid.T) (*pipe, Role, *Conn) {
	if len(m.conns) == 0 {
		t.Skip("no connections")
	}
	p := rapid.SampledFrom(m.conns).Draw(t, "conn")
	role := Role(rapid.IntRange(0, 1).Draw(t, "role"))
	c := m.end(p, role)
	if c == nil {
		t.Skip("not there yet")
	}
	return p, role, c
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"": m.check,
		"open": func(t *rapid.T) {
			m.ports++
			c, err := m.ends[Host].Open(m.now, m.ports)
			if err != nil {
				t.Skip(err)
			}
			p := &pipe{host: c}
			m.conns = append(m.conns, p)
			m.byHost[c] = p
		},
		"answer": func(t *rapid.T) {
			if len(m.loose) == 0 {
				t.Skip("nobody asks")
			}
			c := m.loose[0]
			m.loose = m.loose[1:]
			if c.State() != ConnIncoming {
				return
			}
			var err error
			if rapid.IntRange(0, 5).Draw(t, "refuse") == 0 {
				m.of(c).reset = true
				err = c.Refuse(m.now, "no")
			} else {
				err = c.Accept(m.now)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"write": func(t *rapid.T) {
			p, role, c := m.pick(t)
			n := rapid.OneOf(rapid.IntRange(1, 600), rapid.IntRange(1, 300000),
				rapid.SampledFrom([]int{512 - 36, 16384 - 36, 49116, 65499})).Draw(t, "size")
			start := len(p.written[role])
			data := make([]byte, n)
			for i := range data {
				data[i] = byte((start + i) * 31 >> uint(role))
			}
			k, err := c.Write(m.now, data)
			if err != nil && c.State() != ConnClosed && c.State() != ConnClosing && c.State() != ConnIncoming && !p.closedBy[role] {
				t.Fatal(err)
			}
			p.written[role] = append(p.written[role], data[:k]...)
		},
		"read": func(t *rapid.T) {
			p, role, _ := m.pick(t)
			m.take(p, role, rapid.OneOf(rapid.IntRange(1, 100), rapid.IntRange(1, 200000)).Draw(t, "size"))
		},
		"close": func(t *rapid.T) {
			p, role, c := m.pick(t)
			if c.State() != ConnEstablished && c.State() != ConnAccepted {
				p.reset = true
			}
			p.closedBy[role] = true
			c.Close(m.now)
		},
		"reset": func(t *rapid.T) {
			p, _, c := m.pick(t)
			p.reset = true
			c.Reset(m.now, "enough")
		},
		"to the device":       func(t *rapid.T) { m.deliver(t, Device) },
		"to the host":         func(t *rapid.T) { m.deliver(t, Host) },
		"more to the device":  func(t *rapid.T) { m.deliver(t, Device) },
		"more to the host":    func(t *rapid.T) { m.deliver(t, Host) },
		"time passes":         func(t *rapid.T) { m.tick(t, time.Duration(rapid.IntRange(1, 50).Draw(t, "ms"))*time.Millisecond) },
		"the cable is pulled": func(t *rapid.T) { m.replug(t) },
	}
}

func (m *machine) tick(t *rapid.T, d time.Duration) {
	m.now += d
	for role, e := range m.ends {
		if at, ok := e.Deadline(); ok && at <= m.now {
			e.Tick(m.now)
		}
		if at, ok := e.Deadline(); ok && at <= m.now {
			t.Fatalf("%v: deadline %v is still due at %v", Role(role), at, m.now)
		}
	}
}

func (m *machine) replug(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "really") > 0 {
		return
	}
	for role, e := range m.ends {
		e.Stop(m.now)
		m.poll(t, Role(role))
		m.cable[role], m.packets[role] = nil, nil
	}
	m.loose = nil
	for role := len(m.ends) - 1; role >= 0; role-- {
		m.ends[role].Start(m.now)
	}
	m.settle(t)
}

// settle delivers everything under way.
func (m *machine) settle(t *rapid.T) {
	for range 100000 {
		m.collect(t)
		busy := false
		for role := range m.ends {
			if len(m.cable[role]) > 0 || len(m.packets[role]) > 0 {
				m.ends[role].Feed(m.now, m.cable[role])
				m.cable[role] = nil
				for _, p := range m.packets[role] {
					for chunk := range Chunks(p, ReadSize, 512) {
						m.ends[role].Feed(m.now, chunk)
					}
				}
				m.packets[role] = nil
				busy = true
			}
		}
		if !busy {
			return
		}
	}
	t.Fatal("the cable never falls silent")
}

// finish reads everything and lets it arrive; then nothing may be missing.
func (m *machine) finish(t *rapid.T) {
	m.settle(t)
	for _, c := range m.loose {
		if c.State() == ConnIncoming {
			_ = c.Accept(m.now)
		}
	}
	for range 10000 {
		m.settle(t)
		moved := false
		for _, p := range m.conns {
			for role := range p.read {
				if c := m.end(p, Role(role)); c != nil && c.Buffered() > 0 {
					m.take(p, Role(role), 1<<20)
					moved = true
				}
			}
		}
		m.tick(t, UsbmuxdAckDelay)
		m.settle(t)
		if !moved {
			break
		}
	}
	m.check(t)
	for _, p := range m.conns {
		for role, got := range p.read {
			writer := 1 - role
			lost := p.reset || p.closedBy[role] // whoever closes stops to read
			if !lost && len(got) != len(p.written[writer]) {
				t.Fatalf("%v: %v read %d of %d bytes", p.host, Role(role), len(got), len(p.written[writer]))
			}
		}
		over := p.reset || p.closedBy[0] || p.closedBy[1]
		if over && p.ended[Host] != 1 {
			t.Fatalf("%v: the host heard of %d ends", p.host, p.ended[Host])
		}
		if p.device != nil && over && p.ended[Device] != 1 {
			t.Fatalf("%v: the device heard of %d ends", p.host, p.ended[Device])
		}
	}
	for role, e := range m.ends {
		for k := range e.timers {
			if over := len(e.Conns()) == 0; over && e.timers[k].head != nil {
				t.Fatalf("%v: timer %d of a closed connection", Role(role), k)
			}
		}
	}
}

func TestRandomSessions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := Config{OpenTimeout: -1, Linger: -1}
		if rapid.Bool().Draw(t, "host is usbmuxd") {
			host = Usbmuxd()
		}
		host.Window = rapid.SampledFrom([]int{0, 4096, 65536}).Draw(t, "host window")
		host.QueueBytes = rapid.SampledFrom([]int{0, 1000}).Draw(t, "host queue")
		device := Config{
			OpenTimeout: -1, Linger: -1,
			Version:    uint32(rapid.IntRange(1, 2).Draw(t, "version")),
			MaxPayload: rapid.SampledFrom([]int{0, 100, payloadFor(512), 65500}).Draw(t, "device payload"),
			Window:     rapid.SampledFrom([]int{0, 512}).Draw(t, "device window"),
		}
		m := &machine{stream: rapid.Bool().Draw(t, "stream"), byHost: map[*Conn]*pipe{}, byDev: map[*Conn]*pipe{}}
		host.Stream, device.Stream = m.stream, m.stream
		if m.stream {
			host.Strict = false
		}
		m.ends = [2]*Engine{New(Host, host), New(Device, device)}
		m.ends[Device].Start(0)
		m.ends[Host].Start(0)
		m.settle(t)
		if m.ends[Host].State() != StateActive {
			t.Fatal("not up")
		}
		t.Repeat(m.actions())
		m.finish(t)
	})
}

// The same seed, the same bytes.
func TestSameCallsSameBytes(t *testing.T) {
	run := func() string {
		r := newRig(t, Config{}, Config{})
		r.record = true
		for i := range 20 {
			c, err := r.host.Open(r.now, uint16(i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write(r.now, pattern(1000*i)); err != nil {
				t.Fatal(err)
			}
		}
		r.run()
		r.host.Stop(r.now)
		r.poll(r.host)
		return fmt.Sprint(r.transfers, r.log)
	}
	first := run()
	if again := run(); first != again {
		t.Fatal("two runs differ")
	}
}
