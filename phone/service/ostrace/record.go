package ostrace

import (
	"encoding/binary"

	"github.com/plugfest/plugfest/phone/state"
)

// AppendRecord appends an entry as the body of a record. All numbers are
// little-endian; what is not known is zero.
//
//	offset  size
//	     0     1  marker: 2
//	     1     4  type: 8
//	     5     4  size of this header: 129
//	     9     4  process id
//	    13     8  unique id of the process: the same
//	    21    16  UUID of the process
//	    37     2  length of the process's path
//	    39    16  activities
//	    55     8  seconds since 1970
//	    63     4  microseconds
//	    67     1  unknown
//	    68     1  level
//	    69     6  unknown
//	    75     8  time since the phone was switched on
//	    83     8  thread id
//	    91    16  UUID of the image
//	   107     2  length of the image's path
//	   109     4  length of the message
//	   113     4  offset of the sender in the image
//	   117     2  length of the subsystem; 2 zeros follow
//	   121     2  length of the category; 2 zeros follow
//	   125     4  zero
//	   129        path of the process, path of the image, message, subsystem, category
//
// Each text ends with a NUL, which its length counts; one that is empty is left out.
// Source: libimobiledevice (ostrace.h), go-ios (ostrace.go), pymobiledevice3
// (os_trace.py), which read the same by different rules.
func AppendRecord(dst []byte, e *state.Entry) []byte {
	le := binary.LittleEndian
	head := make([]byte, headSize)
	head[0] = 2
	le.PutUint32(head[1:], 8)
	le.PutUint32(head[5:], headSize)
	le.PutUint32(head[9:], e.PID)
	le.PutUint64(head[13:], uint64(e.PID))
	le.PutUint64(head[55:], uint64(e.Time.Unix()))
	le.PutUint32(head[63:], uint32(e.Time.Nanosecond()/1000))
	head[68] = byte(e.Level)
	at := len(dst)
	dst = append(dst, head...)
	for _, f := range []struct {
		length int // where it stands
		text   string
	}{{37, processPath(e.Process)}, {107, imagePath(e)}, {109, e.Message}, {117, e.Subsystem}, {121, e.Category}} {
		if f.text == "" {
			continue
		}
		text := f.text[:min(len(f.text), longest)]
		le.PutUint16(dst[at+f.length:], uint16(len(text)+1))
		dst = append(append(dst, text...), 0)
	}
	return dst
}

const headSize = 129

// longest is how long a text may be: some read the length as 16 bits.
const longest = 0xFFFE

// processPath is where a program of that name lies.
func processPath(process string) string {
	if process == "kernel" {
		return "/kernel"
	}
	return "/usr/libexec/" + process
}

// imagePath is where the code lies that wrote an entry.
func imagePath(e *state.Entry) string {
	switch {
	case e.Library == e.Process:
		return processPath(e.Process)
	case e.Process == "kernel":
		return "/System/Library/Extensions/" + e.Library + ".kext/" + e.Library
	}
	return "/System/Library/Frameworks/" + e.Library + ".framework/" + e.Library
}
