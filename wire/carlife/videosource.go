package carlife

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// syntheticMark begins every slice of a [VideoSource]; a picture that nobody
// can see should at least say so to whoever looks at the bytes.
const syntheticMark = "SYNTHETIC-NO-PICTURE"

// VideoOptions shape a [VideoSource]. Zero values mean the defaults in
// brackets.
type VideoOptions struct {
	Width, Height int    // of the SPS, multiples of 2 [1280x720]
	FrameSize     int    // bytes of an ordinary frame, at least 64 [16384]
	KeySize       int    // bytes of a key frame, at least 128 [4 times FrameSize]
	KeyEvery      int    // frames from one key frame to the next [30]
	Seed          uint64 // same seed, same bytes
}

// VideoSource makes access units that have the shape of H.264 and no picture
// in them: true start codes, a true SPS and PPS, NAL headers of I and P slices,
// and seeded filler for slice data that never imitates a start code. It is for
// transport and session tests; a decoder finds the size and nothing to show.
type VideoSource struct {
	opt    VideoOptions
	params []byte // SPS and PPS
	noise  []byte
	buf    []byte
	rnd    *rand.Rand
	n      int
	key    bool
}

const noiseLen = 64 << 10

// NewVideoSource returns a source. It fails on an odd or oversized picture.
func NewVideoSource(o VideoOptions) (*VideoSource, error) {
	if o.Width == 0 && o.Height == 0 {
		o.Width, o.Height = 1280, 720
	}
	if o.Width <= 0 || o.Height <= 0 || o.Width > 8192 || o.Height > 8192 || o.Width%2+o.Height%2 != 0 {
		return nil, fmt.Errorf("carlife: picture %dx%d: want even numbers up to 8192", o.Width, o.Height)
	}
	if o.FrameSize == 0 {
		o.FrameSize = 16 << 10
	}
	if o.KeySize == 0 {
		o.KeySize = 4 * o.FrameSize
	}
	if o.KeyEvery <= 0 {
		o.KeyEvery = 30
	}
	o.FrameSize, o.KeySize = max(o.FrameSize, 64), max(o.KeySize, 128)

	s := &VideoSource{opt: o, rnd: rand.New(rand.NewPCG(o.Seed, 0xCA511FE)), key: true}
	s.params = appendPPS(appendSPS(nil, o.Width, o.Height))
	s.noise = make([]byte, noiseLen)
	for i := 0; i < noiseLen; i += 8 {
		// Bit 7 of every byte set: no zero, so no start code.
		binary.LittleEndian.PutUint64(s.noise[i:], s.rnd.Uint64()|0x8080808080808080)
	}
	return s, nil
}

// Options returns the options with the defaults filled in.
func (s *VideoSource) Options() VideoOptions { return s.opt }

// Frames returns how many frames Next has made.
func (s *VideoSource) Frames() int { return s.n }

// ForceKey makes the next frame a key frame.
func (s *VideoSource) ForceKey() { s.key = true }

// Next returns the next access unit: SPS, PPS and I-frame first and at every
// KeyEvery-th frame, P slices between. The bytes are valid until the next call.
func (s *VideoSource) Next() []byte {
	size, nal := s.opt.FrameSize, byte(0x40|NALSlice)
	b := s.buf[:0]
	if s.key || s.n%s.opt.KeyEvery == 0 {
		size, nal, s.key = s.opt.KeySize, 0x60|NALIDR, false
		b = append(b, s.params...)
	}
	b = append(b, 0, 0, 0, 1, nal)
	b = append(b, syntheticMark...)
	for shift := 28; shift >= 0; shift -= 7 { // frame number, no zero byte
		b = append(b, byte(s.n>>shift)|0x80)
	}
	for at := s.rnd.IntN(noiseLen); len(b) < size; at = 0 {
		b = append(b, s.noise[at:min(noiseLen, at+size-len(b))]...)
	}
	s.n++
	s.buf = b
	return b
}
