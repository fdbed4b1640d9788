package afc_test

import (
	"testing"

	"github.com/plugfest/plugfest/wire/afc"
)

// Writes of 64 KiB and of 4 KiB, decoded from reads of 16 KiB.
func BenchmarkDecode(b *testing.B) {
	for _, bb := range []struct {
		name string
		size int
	}{{"64KiB", 64 << 10}, {"4KiB", 4 << 10}, {"64B", 64}} {
		b.Run(bb.name, func(b *testing.B) {
			w := &afc.Request{Op: afc.OpFileRefWrite, Handle: 1}
			var stream []byte
			for len(stream) < 1<<20 {
				stream, _ = w.AppendTo(stream, 1, uint64(bb.size))
				stream = append(stream, make([]byte, bb.size)...)
			}
			d := afc.NewDecoder(afc.DefaultLimits)
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := stream; len(rest) > 0; {
					n := min(16<<10, len(rest))
					d.Feed(rest[:n])
					rest = rest[n:]
					for {
						it, ok, err := d.Next()
						if err != nil {
							b.Fatal(err)
						}
						if !ok {
							break
						}
						if it.Head() {
							if _, err := afc.ParseRequest(it.Header.Op, it.Args); err != nil {
								b.Fatal(err)
							}
						}
					}
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	r := &afc.Request{Op: afc.OpFileRefRead, Handle: 1, Length: 4096}
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = r.AppendTo(buf[:0], 1, 0)
	}
}
