package pcap

import "fmt"

// An Error says where a capture cannot be read.
type Error struct {
	Packet int   // the number of the packet, from 1; 0 before the first
	Offset int64 // in the file, uncompressed, of where reading stopped
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("pcap: packet %d, before offset %d: %v", e.Packet, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fieldError is about a field of a packet.
type fieldError struct {
	field string
	value int
	want  string
}

func (e *fieldError) Error() string {
	return fmt.Sprintf("%s is %d; want %s", e.field, e.value, e.want)
}
