package link

import (
	"testing"
	"time"
)

// FuzzEngine lets an engine live through a program of raw bytes, well-formed
// packets with numbers near its own, time, sends and polls. It must not panic,
// its state must hold together, and its memory must stay bounded.
func FuzzEngine(f *testing.F) {
	marker := append([]byte{0, 6}, markerBytes...)
	f.Add(true, false, marker)
	f.Add(false, false, append(marker, 2, 0x80, 0, 0, 0, 0))
	f.Add(true, true, []byte{2, 0x40, 1, 0, 1, 3, 4, 9, 2, 0x40, 3, 0, 1, 9, 3, 200, 5})
	f.Add(false, true, []byte{4, 30, 4, 30, 2, 0x60, 0, 1, 0, 2, 3, 255, 3, 255, 3, 255, 3, 255})
	f.Add(true, true, []byte{2, 0x10, 0, 0, 0, 0, 3, 20, 2, 0x80, 0, 0, 0, 0, 2, 0x48, 0, 0, 0, 0})
	for _, v := range vectors(f) {
		f.Add(true, true, append([]byte{0, byte(len(v))}, v...))
	}
	f.Fuzz(func(t *testing.T, device, up bool, program []byte) {
		e := fuzzEngine(t, device, up)
		now := time.Duration(0)
		arg := func() (v byte) {
			if len(program) > 0 {
				v, program = program[0], program[1:]
			}
			return v
		}
		for len(program) > 0 {
			switch arg() % 7 {
			case 0: // raw bytes
				n := min(int(arg()), len(program))
				e.Feed(now, program[:n])
				program = program[n:]
			case 1, 2: // a packet
				p := Packet{Control: arg(), Seq: arg() + e.rcv.last, Ack: arg() + e.lastSeq(), Session: arg() % 4}
				p.Payload = make([]byte, arg()%64)
				if p.Control&ControlSYN != 0 {
					terms := testTerms()
					terms.MaxOutstanding += p.Session
					p.Payload, _ = terms.AppendTo(nil)
				}
				for i := range p.Payload {
					if p.Control&ControlEAK != 0 {
						p.Payload[i] = p.Ack + arg()
					}
				}
				b, _ := p.AppendTo(nil)
				e.Feed(now, b)
			case 3:
				now += time.Duration(arg()) * 10 * time.Millisecond
				e.Tick(now)
			case 4:
				if err := e.Send(now, 1+arg()%3, make([]byte, 4*int(arg()))); err == nil && !e.up() {
					t.Fatal("sent while down")
				}
			case 5:
				for range arg() % 8 {
					if _, ok := e.NextOutput(); !ok {
						break
					}
				}
			case 6:
				switch arg() % 16 {
				case 0:
					e.Reset(now)
				case 1:
					e.Close(now)
				case 2:
					e.Start(now)
				case 3:
					e.Suspend(now)
				default:
					for _, ok := e.Poll(); ok; _, ok = e.Poll() {
					}
				}
			}
			checkEngine(t, e)
		}
	})
}

func fuzzEngine(t *testing.T, device, up bool) *Engine {
	small := func(c *Config) { c.QueueBytes, c.ReceiveBytes = 2000, 2000 }
	switch {
	case up && device:
		return upDevice(t, small).Engine
	case up:
		return upAccessory(t, small).Engine
	}
	role := Accessory
	if device {
		role = Device
	}
	c := Config{Syn: testTerms()}
	small(&c)
	return newSolo(t, role, c).Engine
}

func checkEngine(t *testing.T, e *Engine) {
	s := &e.snd
	queued, free := 0, 0
	for i := range s.q.len() {
		queued += len(s.q.at(i).buf)
	}
	for _, b := range e.pool.free {
		free += cap(b)
	}
	switch {
	case !e.up() && s.q.len() > 0:
		t.Fatalf("%d packets queued while %v", s.q.len(), e.state)
	case s.inflight > s.q.len() || s.resends > s.inflight || s.unsent > queued:
		t.Fatalf("sender out of joint: %d outstanding of %d, %d to resend, %d bytes unsent", s.inflight, s.q.len(), s.resends, s.unsent)
	case queued > 2000+2*1100+127*256: // the limit, one message beyond it, a window
		t.Fatalf("%d bytes queued", queued)
	case e.events.bytes+e.rcv.bytes > 2000:
		t.Fatalf("%d bytes kept", e.events.bytes+e.rcv.bytes)
	case e.events.ring.len() > maxEvents+2:
		t.Fatalf("%d events", e.events.ring.len())
	case free > 1<<20:
		t.Fatalf("%d bytes pooled", free)
	}
	if at, ok := e.Deadline(); ok && at < 0 {
		t.Fatalf("deadline %v", at)
	}
}
