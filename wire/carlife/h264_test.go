package carlife

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClassifyVideo(t *testing.T) {
	tests := []struct {
		name, wire string
		want       VideoStart
	}{
		{"SPS, PPS, I-frame", "00000001 6742c028 00000001 68ce3880 00000001 65b804", VideoParamsIDR},
		{"SPS and PPS alone", "00000001 6742c028 00000001 68ce3880", VideoParams},
		{"P slice after the sets", "00000001 6742 00000001 68ce 00000001 419a", VideoParams},
		{"SEI between", "00000001 6742 00000001 68ce 00000001 0605 00000001 65b8", VideoParams},
		{"I-frame alone", "00000001 65b80400", VideoIDR},
		{"nal_ref_idc does not matter", "00000001 27 00 00000001 28 00 00000001 25 88", VideoParamsIDR},
		{"P slice", "00000001 419a", VideoOther},
		{"PPS first", "00000001 68ce 00000001 6742 00000001 65b8", VideoOther},
		{"SPS alone", "00000001 6742c028", VideoOther},
		{"3-byte start codes", "000001 6742 000001 68ce 000001 65b8", VideoOther},
		{"nothing", "", VideoOther},
		{"start code alone", "00000001", VideoOther},
		{"no start code", "deadbeef00", VideoOther},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, ClassifyVideo(unhex(t, tt.wire)), tt.name)
	}
	assert.Equal(t, "[other IDR SPS+PPS SPS+PPS+IDR SPS+PPS+IDR]", fmt.Sprint([]VideoStart{0, 1, 2, 3, 4}))
}

func newSource(t testing.TB, o VideoOptions) *VideoSource {
	t.Helper()
	s, err := NewVideoSource(o)
	require.NoError(t, err)
	return s
}

func TestVideoSourceShape(t *testing.T) {
	s := newSource(t, VideoOptions{FrameSize: 5000, KeySize: 12000, KeyEvery: 4, Seed: 3})
	for i := range 12 {
		f := s.Next()
		want, size := VideoOther, 5000
		if i%4 == 0 {
			want, size = VideoParamsIDR, 12000
		}
		assert.Equal(t, want, ClassifyVideo(f), "frame %d", i)
		assert.Len(t, f, size)
		assert.Contains(t, string(f), syntheticMark)
		starts := bytes.Count(f, []byte{0, 0, 1})
		assert.Equal(t, map[VideoStart]int{VideoOther: 1, VideoParamsIDR: 3}[want], starts, "no imitated start code")
	}
	assert.Equal(t, 12, s.Frames())
	s.Next()
	s.ForceKey()
	assert.Equal(t, VideoParamsIDR, ClassifyVideo(s.Next()))
	assert.Equal(t, VideoOther, ClassifyVideo(s.Next()))
}

// The filler has no zero byte, so it cannot imitate a start code, ever.
func TestVideoSourceFiller(t *testing.T) {
	s := newSource(t, VideoOptions{Seed: 9})
	assert.Equal(t, -1, bytes.IndexByte(s.noise, 0))
	assert.Len(t, s.noise, noiseLen)
}

func TestVideoSourceIsDeterministic(t *testing.T) {
	all := func(seed uint64) []byte {
		s := newSource(t, VideoOptions{Seed: seed, FrameSize: 1000})
		var b []byte
		for range 100 {
			b = append(b, s.Next()...)
		}
		return b
	}
	assert.Equal(t, all(1), all(1))
	assert.NotEqual(t, all(1), all(2))
}

func TestVideoSourceFramesDiffer(t *testing.T) {
	s := newSource(t, VideoOptions{FrameSize: 64, KeySize: 128, KeyEvery: 1 << 30})
	seen := map[string]bool{}
	for range 2000 {
		f := string(s.Next())
		require.False(t, seen[f])
		seen[f] = true
	}
}

func TestVideoSourceOptions(t *testing.T) {
	s := newSource(t, VideoOptions{})
	assert.Equal(t, VideoOptions{Width: 1280, Height: 720, FrameSize: 16384, KeySize: 65536, KeyEvery: 30}, s.Options())
	big := newSource(t, VideoOptions{FrameSize: 3 << 20})
	assert.Len(t, big.Next(), 12<<20, "longer than the noise block")
	tiny := newSource(t, VideoOptions{FrameSize: 1, KeySize: 1})
	assert.Len(t, tiny.Next(), 128)
	assert.Len(t, tiny.Next(), 64)
	for _, o := range []VideoOptions{{Width: 3, Height: 2}, {Width: 2, Height: 3}, {Width: -2, Height: 2}, {Width: 640}, {Width: 9000, Height: 2}, {Width: 3, Height: 3}} {
		_, err := NewVideoSource(o)
		assert.Error(t, err, "%+v", o)
	}
}

func TestVideoSourceAllocatesNothing(t *testing.T) {
	s := newSource(t, VideoOptions{})
	s.Next()
	assert.Zero(t, testing.AllocsPerRun(100, func() { s.Next() }))
}

// bitReader reads a raw byte sequence payload back, apart from the writer.
type bitReader struct {
	b []byte
	n int
}

func (r *bitReader) bits(n int) (v int) {
	for range n {
		v = v<<1 | int(r.b[r.n/8]>>(7-r.n%8)&1)
		r.n++
	}
	return v
}

func (r *bitReader) ue() int {
	zeros := 0
	for r.bits(1) == 0 {
		zeros++
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// The parameter sets are real: a parser finds the size. ITU-T H.264 7.3.2.1.1.
func TestSPSTellsTheSize(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {768, 480}, {800, 480}, {1920, 1080}, {854, 480}, {2, 2}, {8192, 8192}} {
		s := newSource(t, VideoOptions{Width: size[0], Height: size[1]})
		sps := s.Next()
		sps = sps[:bytes.Index(sps[4:], []byte{0, 0, 0, 1})+4]
		require.Equal(t, byte(0x67), sps[4])
		rbsp := bytes.ReplaceAll(sps[5:], []byte{0, 0, 3}, []byte{0, 0})
		r := bitReader{b: rbsp}
		assert.Equal(t, 66, r.bits(8), "baseline")
		r.bits(8)
		r.bits(8)
		assert.Equal(t, []int{0, 0, 2, 1}, []int{r.ue(), r.ue(), r.ue(), r.ue()})
		r.bits(1)
		w, h := (r.ue()+1)*16, (r.ue()+1)*16
		assert.Equal(t, 3, r.bits(2))
		if r.bits(1) == 1 {
			left, right, top, bottom := r.ue(), r.ue(), r.ue(), r.ue()
			w, h = w-2*(left+right), h-2*(top+bottom)
		}
		assert.Equal(t, size, [2]int{w, h})
		assert.Equal(t, 0, r.bits(1), "no VUI")
		assert.Equal(t, 1, r.bits(1), "stop bit")
	}
}

// 00 00 followed by 00 to 03 gets a 03 between (7.4.1).
func TestEmulationPrevention(t *testing.T) {
	var w bitWriter
	for _, b := range []uint32{0, 0, 1, 0, 0, 0, 0, 4} {
		w.bits(b, 8)
	}
	assert.Equal(t, unhex(t, "00000001 67 000003 01 000003 0000 04 80"), w.appendNAL(nil, 0x67))
}
