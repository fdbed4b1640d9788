package link

import "fmt"

// Field names the part of a packet or payload that an error is about.
type Field string

// Fields of link packets.
const (
	FieldStart           Field = "start"
	FieldLength          Field = "length"
	FieldHeaderChecksum  Field = "header checksum"
	FieldPayloadChecksum Field = "payload checksum"
)

// FrameError says what a [Decoder] could not take and how it went on.
type FrameError struct {
	Field   Field
	Offset  int64 // stream offset of the first byte skipped
	Value   int   // what stood there
	Want    int   // what should have: the checksum, the limit of the length, FF for a start
	Skipped int   // bytes given up: 1, a run of garbage, or a whole packet
}

// Error implements error.
func (e FrameError) Error() string {
	switch e.Field {
	case FieldStart:
		return fmt.Sprintf("iap2 link: offset %d: no packet start, %d bytes skipped from %02x", e.Offset, e.Skipped, e.Value)
	case FieldLength:
		if e.Value < minReceived {
			return fmt.Sprintf("iap2 link: offset %d: length %d is below %d, skipped a byte", e.Offset, e.Value, e.Want)
		}
		return fmt.Sprintf("iap2 link: offset %d: length %d is above the limit %d, skipped a byte", e.Offset, e.Value, e.Want)
	case FieldPayloadChecksum:
		return fmt.Sprintf("iap2 link: offset %d: %s is %02x, want %02x, dropped the packet of %d bytes",
			e.Offset, e.Field, e.Value, e.Want, e.Skipped)
	}
	return fmt.Sprintf("iap2 link: offset %d: %s is %02x, want %02x, skipped a byte", e.Offset, e.Field, e.Value, e.Want)
}
