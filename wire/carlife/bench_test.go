package carlife

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stream is about 1 MiB of video in mux frames.
func stream(b testing.TB, frame int) []byte {
	s := newSource(b, VideoOptions{FrameSize: frame})
	var out []byte
	for len(out) < 1<<20 {
		var err error
		out, err = Message{ID: MsgVideoData, Payload: s.Next()}.AppendMux(out)
		require.NoError(b, err)
	}
	return out
}

func BenchmarkMuxDecode(b *testing.B) {
	for _, bb := range []struct {
		name         string
		frame, piece int
	}{{"16KiB-whole", 16 << 10, 1 << 20}, {"16KiB-by-4096", 16 << 10, 4096}, {"256B-by-4096", 256, 4096}, {"200KiB-by-16384", 200 << 10, 16384}} {
		b.Run(bb.name, func(b *testing.B) {
			data := stream(b, bb.frame)
			d := NewMuxDecoder(Limits{})
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := data; len(rest) > 0; rest = rest[min(bb.piece, len(rest)):] {
					d.Feed(rest[:min(bb.piece, len(rest))])
					for _, ok, err := d.Next(); ok; _, ok, err = d.Next() {
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}

func BenchmarkMuxEncode(b *testing.B) {
	m := Message{ID: MsgVideoData, Payload: make([]byte, 16<<10)}
	buf := make([]byte, 0, 17<<10)
	b.SetBytes(int64(m.WireLen()))
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = m.AppendMux(buf[:0])
	}
}

func BenchmarkVideoSource(b *testing.B) {
	s := newSource(b, VideoOptions{})
	b.SetBytes(16 << 10)
	b.ReportAllocs()
	for b.Loop() {
		s.Next()
	}
}

func BenchmarkCipher(b *testing.B) {
	var c Cipher
	require.NoError(b, c.Enable([]byte(StaleKeyText)))
	plain := make([]byte, 16<<10)
	sealed := c.Seal(nil, plain)
	buf := make([]byte, 0, 20<<10)
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		b.ReportAllocs()
		for b.Loop() {
			buf = c.Seal(buf[:0], plain)
		}
	})
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(len(sealed)))
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = c.Open(buf[:0], sealed)
		}
	})
}

// link is a connected pair and what it takes to move one frame through both
// ends: source, session, mux, decoder, session.
type link struct {
	b   *pair
	src *VideoSource
	dec *MuxDecoder
	buf []byte
}

func newLink(t testing.TB, enc bool) *link {
	return &link{b: newPair(t, PhoneOptions{}, VehicleOptions{Encryption: enc}).connect(), src: newSource(t, VideoOptions{KeyEvery: 1 << 30}), dec: NewMuxDecoder(Limits{})}
}

func (l *link) frame(t testing.TB) {
	l.b.now += 10 * time.Microsecond
	if err := l.b.p.SendFrame(l.b.now, l.src.Next()); err != nil {
		t.Fatal(err)
	}
	o, _ := l.b.p.NextOutput()
	l.buf, _ = o.AppendMux(l.buf[:0])
	l.dec.Feed(l.buf)
	m, ok, err := l.dec.Next()
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	l.b.v.Feed(l.b.now, m)
	if f, ok := l.b.v.Poll().(*Frame); !ok || len(f.Data) == 0 {
		t.Fatal("no frame")
	}
}

func BenchmarkSession(b *testing.B) {
	for _, enc := range []bool{false, true} {
		name := map[bool]string{false: "clear", true: "encrypted"}[enc]
		b.Run(name, func(b *testing.B) {
			l := newLink(b, enc)
			b.SetBytes(16 << 10)
			b.ReportAllocs()
			for b.Loop() {
				l.frame(b)
			}
		})
	}
}

// A frame through both ends costs no allocation but one event in 64.
func TestSessionAllocations(t *testing.T) {
	for _, enc := range []bool{false, true} {
		l := newLink(t, enc)
		for range 200 {
			l.frame(t)
		}
		assert.Zero(t, testing.AllocsPerRun(640, func() { l.frame(t) }), "encrypted %v", enc)
	}
}
