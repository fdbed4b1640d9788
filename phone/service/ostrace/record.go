package ostrace

import (
	"encoding/binary"

	"github.com/plugfest/plugfest/phone/state"
)

// AppendRecord appends an entry as the body of a record. All numbers are
// little-endian; what the clients skip is zero.
//
//	offset  size
//	     0     9  skipped
//	     9     4  process id
//	    13    42  skipped (process unique id, UUID of the image)
//	    55     4  seconds since 1970
//	    59     4  skipped
//	    63     4  microseconds
//	    67     1  skipped
//	    68     1  level
//	    69    38  skipped
//	   107     2  length of the image's name
//	   109     2  length of the message
//	   111     2  skipped
//	   113     4  offset of the sender in the image
//	   117     4  length of the subsystem
//	   121     4  length of the category
//	   125     4  skipped
//	   129        path of the process with its NUL, name of the image, message, subsystem, category
func AppendRecord(dst []byte, e *state.Entry) []byte {
	le := binary.LittleEndian
	message := e.Message[:min(len(e.Message), 0xFFFF)]
	image := e.Library[:min(len(e.Library), 0xFFFF)]
	head := make([]byte, headSize)
	le.PutUint32(head[9:], e.PID)
	le.PutUint32(head[55:], uint32(e.Time.Unix()))
	le.PutUint32(head[63:], uint32(e.Time.Nanosecond()/1000))
	head[68] = byte(e.Level)
	le.PutUint16(head[107:], uint16(len(image)))
	le.PutUint16(head[109:], uint16(len(message)))
	le.PutUint32(head[117:], uint32(len(e.Subsystem)))
	le.PutUint32(head[121:], uint32(len(e.Category)))
	dst = append(dst, head...)
	dst = append(dst, path(e.Process)...)
	dst = append(dst, 0)
	dst = append(dst, image...)
	dst = append(dst, message...)
	dst = append(dst, e.Subsystem...)
	return append(dst, e.Category...)
}

const headSize = 129

// path is where a program of that name lies.
func path(process string) string {
	if process == "kernel" {
		return "/kernel"
	}
	return "/usr/libexec/" + process
}
