package usbmux

import (
	"testing"
	"time"
)

func seeds(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(v.wire), true, uint16(16384))
	}
	session := unhex(vectors[0].wire)
	for _, v := range []int{2, 3, 6, 7} {
		session = append(session, unhex(vectors[v].wire)...)
	}
	f.Add(session, true, uint16(7))
	f.Add(unhex("00000006 7fffffff feedface 0000 0000"), true, uint16(1))
	f.Add(unhex("00000006 00000000"), false, uint16(3))
}

// FuzzPacket: what parses is written back as it was.
func FuzzPacket(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(v.wire), uint8(v.version))
	}
	f.Fuzz(func(t *testing.T, b []byte, version uint8) {
		v := 1 + int(version%2)
		p, err := ParsePacket(b, v)
		_ = p.String()
		if err != nil || len(b) > MaxToHost {
			return
		}
		back, err := p.AppendTo(nil, v)
		if err != nil || string(back) != string(b) {
			t.Fatalf("%x became %x, %v", b, back, err)
		}
		if s, err := ParseSegment(p.Payload); err == nil && s.Offset != 0 {
			if got := s.AppendTo(nil); string(got) != string(p.Payload) {
				t.Fatalf("%x became %x", p.Payload, got)
			}
		}
	})
}

// FuzzEngine: whatever comes, nothing panics, what is held is bounded, and what
// is sent are packets.
func FuzzEngine(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte, device bool, cut uint16) {
		role := Host
		if device {
			role = Device
		}
		for _, c := range []Config{{MaxConns: 10}, {MaxConns: 10, Stream: true}, {MaxConns: 10, Strict: true, AckPolicy: AckEvery}} {
			e := New(role, c)
			e.Start(0)
			now := time.Duration(0)
			feed := func(p []byte) {
				now += time.Millisecond
				e.Feed(now, p)
				check(t, e, now)
			}
			feed(unhex(vectors[0].wire))
			if device {
				feed(unhex(vectors[2].wire))
			} else {
				for port := range uint16(3) {
					if _, err := e.Open(now, port); err != nil {
						t.Fatal(err)
					}
				}
			}
			for rest := b; len(rest) > 0; {
				n := min(max(int(cut), 1), len(rest))
				feed(rest[:n])
				rest = rest[n:]
			}
			e.Tick(now + time.Minute)
			check(t, e, now)
			e.Stop(now)
			if len(e.Conns()) != 0 {
				t.Fatal("connections after Stop")
			}
		}
	})
}

// check does what a driver does, and looks at the bounds.
func check(t *testing.T, e *Engine, now time.Duration) {
	for ev, ok := e.Poll(); ok; ev, ok = e.Poll() {
		_ = ev.String()
		switch {
		case ev.Kind == Incoming && ev.Conn.State() == ConnIncoming:
			_ = ev.Conn.Accept(now)
		case ev.Kind == Connected:
			_, _ = ev.Conn.Write(now, []byte("hello"))
		case ev.Kind == Data && ev.Conn.Buffered()%2 == 0:
			ev.Conn.Discard(now, ev.Conn.Buffered())
		}
	}
	for n := 0; ; n++ {
		b, ok := e.NextOutput()
		if !ok {
			break
		}
		if n > 100 {
			t.Fatal("more than 100 packets for one transfer")
		}
		p, err := ParsePacket(b, max(e.version, 1))
		if err != nil || p.Protocol == ProtoTCP && len(p.Payload) < SegmentHeaderLen {
			t.Fatalf("sent %x: %v", b, err)
		}
	}
	if conns := e.Conns(); len(conns) > 10 {
		t.Fatalf("%d connections", len(conns))
	}
	for _, c := range e.Conns() {
		if c.Buffered() > e.cfg.Window || c.Queued() > e.cfg.QueueBytes {
			t.Fatalf("%v holds %d and %d", c, c.Buffered(), c.Queued())
		}
	}
	if len(e.asm.buf) > MaxToHost {
		t.Fatalf("%d bytes of a packet", len(e.asm.buf))
	}
}
