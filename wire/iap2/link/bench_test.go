package link

import (
	"fmt"
	"testing"
	"time"
)

func BenchmarkEncode(b *testing.B) {
	p := Packet{Control: ControlACK, Session: 1, Payload: make([]byte, 1014)}
	var buf []byte
	b.SetBytes(int64(p.Len()))
	b.ReportAllocs()
	for b.Loop() {
		p.Seq++
		buf, _ = p.AppendTo(buf[:0])
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{20, 1014, MaxPayload} {
		b.Run(fmt.Sprintf("payload=%d", size), func(b *testing.B) {
			p := Packet{Control: ControlACK, Session: 1, Payload: make([]byte, size)}
			var stream []byte
			for len(stream) < 1<<18 {
				stream, _ = p.AppendTo(stream)
			}
			var d Decoder
			packets := 0
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := stream; len(rest) > 0; { // as from USB transfers
					n := min(len(rest), 16384)
					d.Feed(rest[:n])
					rest = rest[n:]
					for _, ok := d.Next(); ok; _, ok = d.Next() {
						packets++
					}
				}
			}
			if packets != b.N*(len(stream)/p.Len()) {
				b.Fatalf("%d packets", packets)
			}
		})
	}
}

func BenchmarkDecodeGarbage(b *testing.B) {
	stream := make([]byte, 1<<18)
	for i := range stream {
		stream[i] = byte(i * 7)
	}
	var d Decoder
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		d.Feed(stream)
		for _, ok := d.Next(); ok; _, ok = d.Next() {
		}
	}
}

// BenchmarkEngines carries 64 MiB from accessory to device, engine to engine.
func BenchmarkEngines(b *testing.B) {
	small, large := MH2pUSB(), MH2pUSB()
	large.Syn.MaxOutstanding, large.Syn.MaxCumulativeAcks = 32, 16
	zero := CarkitZeroAck()
	for _, bm := range []struct {
		name      string
		accessory Config
		length    uint16 // that the device takes
	}{
		{"window=5/packet=1024", small, 1024},
		{"window=32/packet=4096", large, 4096},
		{"window=32/packet=65535", large, 65535},
		{"zero-ack/packet=65535", zero, 65535},
	} {
		b.Run(bm.name, func(b *testing.B) {
			device := Config{Syn: Syn{MaxOutstanding: bm.accessory.Syn.MaxOutstanding, MaxLength: bm.length}}
			d := newDuplex(b, bm.accessory, device)
			const total = 64 << 20
			d.transfer(b, total) // buffers grow once
			before := d.ends[0].Counters().DataSent
			b.SetBytes(total)
			b.ReportAllocs()
			for b.Loop() {
				d.transfer(b, total)
			}
			b.ReportMetric(float64(d.ends[0].Counters().DataSent-before)/float64(b.N), "packets/op")
		})
	}
}

// transfer carries bytes over the external accessory session.
func (d *duplex) transfer(b *testing.B, total int) {
	from := d.ends[0]
	terms := from.Params()
	session, ok := terms.SessionOf(SessionExternalAccessory)
	if !ok {
		b.Fatal("no session")
	}
	chunk := make([]byte, from.MaxPayload())
	d.got = 0
	for left := total; left > 0; {
		for left > 0 && from.Writable() {
			n := min(left, len(chunk))
			if err := from.Send(d.now, session.ID, chunk[:n]); err != nil {
				b.Fatal(err)
			}
			left -= n
		}
		d.move()
	}
	d.now += time.Second
	d.ends[1].Tick(d.now) // the last acknowledgement
	d.move()
	if d.got != total {
		b.Fatalf("%d bytes arrived", d.got)
	}
}

// BenchmarkImpaired is a whole run of TestImpairedLink's model.
func BenchmarkImpaired(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := impairedLink(uint64(i % 100)).run(10 * time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}
