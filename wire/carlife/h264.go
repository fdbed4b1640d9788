package carlife

// NAL unit types of H.264 that matter here (ITU-T H.264 table 7-1).
const (
	NALSlice = 1 // part of a P or B picture
	NALIDR   = 5 // part of an I-frame that resets the decoder
	NALSEI   = 6
	NALSPS   = 7
	NALPPS   = 8
)

// VideoStart says what the beginning of a VIDEO_DATA payload offers to a
// decoder that has seen nothing yet.
type VideoStart uint8

// What a payload can begin with.
const (
	VideoOther     VideoStart = iota // a decoder can only wait
	VideoIDR                         // I-frame without parameter sets
	VideoParams                      // SPS and PPS, no I-frame
	VideoParamsIDR                   // SPS, PPS, I-frame: what the first message must be
)

// String returns "other", "IDR", "SPS+PPS" or "SPS+PPS+IDR".
func (v VideoStart) String() string {
	return [...]string{"other", "IDR", "SPS+PPS", "SPS+PPS+IDR"}[min(int(v), 3)]
}

// ClassifyVideo looks at the first NAL units of a payload. As the head-unit
// application does, it insists on 4-byte start codes and on SPS, PPS and
// I-frame in this order with nothing between. It reads no further than the
// third unit's type.
//
// Source: Baidu CarLife head-unit application.
func ClassifyVideo(b []byte) VideoStart {
	switch nalType(b) {
	case NALIDR:
		return VideoIDR
	case NALSPS:
		pps := nextNAL(b)
		if nalType(pps) != NALPPS {
			return VideoOther
		}
		if nalType(nextNAL(pps)) == NALIDR {
			return VideoParamsIDR
		}
		return VideoParams
	}
	return VideoOther
}

// nalType returns the type of the unit at the start of b, zero if b does not
// begin with a 4-byte start code.
func nalType(b []byte) byte {
	if len(b) < 5 || b[0] != 0 || b[1] != 0 || b[2] != 0 || b[3] != 1 {
		return 0
	}
	return b[4] & 0x1F
}

// nextNAL returns b from its second 4-byte start code on, nil if there is none.
func nextNAL(b []byte) []byte {
	for i := 4; i+4 < len(b); i++ {
		if b[i] == 0 && b[i+1] == 0 && b[i+2] == 0 && b[i+3] == 1 {
			return b[i:]
		}
	}
	return nil
}
