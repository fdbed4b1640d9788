package link

// The detection bytes are not link packets but well-formed iAP1 packets: sync
// FF 55, length, lingo 00, command, data, and a checksum that makes all bytes
// after the sync sum to zero. An iAP1-only peer can therefore answer them.
//
// Source: the marker is captured by wllm-rbnt/third-eye and others; the
// negative answer is derived from the iAP1 framing of oandrew/ipod and was
// not found in a public capture.
const (
	markerBytes   = "\xff\x55\x02\x00\xee\x10"
	negativeBytes = "\xff\x55\x04\x00\x02\x04\xee\x08"
)

// AppendMarker appends the six detection bytes FF 55 02 00 EE 10, the same in
// both directions.
func AppendMarker(dst []byte) []byte { return append(dst, markerBytes...) }

// AppendNegative appends FF 55 04 00 02 04 EE 08, by which a peer that speaks
// only iAP1 declines the marker.
func AppendNegative(dst []byte) []byte { return append(dst, negativeBytes...) }
