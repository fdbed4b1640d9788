package usbip

import "encoding/binary"

// Errors of Linux that a reply's status may have: negative, the same numbers on
// every host. Others occur.
const (
	ErrnoNoEntry   = -2   // ENOENT: unlinked
	ErrnoNoMemory  = -12  // ENOMEM
	ErrnoXDev      = -18  // EXDEV: isochronous, not all of it
	ErrnoNoDevice  = -19  // ENODEV
	ErrnoPipe      = -32  // EPIPE: stall
	ErrnoProtocol  = -71  // EPROTO: bus error
	ErrnoOverflow  = -75  // EOVERFLOW: babble
	ErrnoConnReset = -104 // ECONNRESET: unlinked; the answer to a CMD_UNLINK in time
	ErrnoShutdown  = -108 // ESHUTDOWN
	ErrnoRemoteIO  = -121 // EREMOTEIO: short
)

// Reply is what a server sends.
//
//	0   u32  command
//	4   u32  seqnum of the request: for RET_UNLINK that of the CMD_UNLINK
//	8        zeros
//	20  s32  status: 0 or a negative errno
//	24  s32  actual_length         RET_SUBMIT only from here
//	28  s32  start_frame
//	32  s32  number_of_packets     of isochronous transfers; else 0
//	36  s32  error_count
//	40       zeros
//
// A CMD_UNLINK that came in time is answered by RET_UNLINK with ErrnoConnReset,
// and the transfer has no RET_SUBMIT any more. One that came too late is
// answered by 0, after the transfer's RET_SUBMIT.
type Reply struct {
	Command    Command
	Seq        uint32
	Status     int32
	Actual     int32 // bytes moved; for IN, how many follow
	StartFrame int32
	Packets    int32
	Errors     int32 // isochronous packets that failed
}

// AppendTo appends the 48 bytes.
func (r *Reply) AppendTo(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(r.Command))
	dst = binary.BigEndian.AppendUint32(dst, r.Seq)
	dst = append(dst, make([]byte, 12)...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(r.Status))
	if r.Command == RetUnlink {
		return append(dst, make([]byte, 24)...)
	}
	for _, v := range [...]int32{r.Actual, r.StartFrame, r.Packets, r.Errors} {
		dst = binary.BigEndian.AppendUint32(dst, uint32(v))
	}
	return append(dst, make([]byte, 8)...)
}

// ParseReply reads the first 48 bytes of b. With an error the stream cannot be
// read on. The devid, direction and ep of a reply are not looked at: servers
// differ in whether they repeat them.
func ParseReply(b []byte) (r Reply, err error) {
	if len(b) < HeaderLen {
		return r, short("reply", len(b), HeaderLen)
	}
	i32 := func(i int) int32 { return int32(binary.BigEndian.Uint32(b[i:])) }
	r.Command, r.Seq = Command(i32(0)), uint32(i32(4))
	if r.Command != RetSubmit && r.Command != RetUnlink {
		return r, &Error{"reply", 0, "command", int64(r.Command), int64(RetSubmit), int64(RetUnlink), ErrCode}
	}
	r.Status = i32(20)
	if r.Command == RetUnlink {
		return r, nil
	}
	r.Actual, r.StartFrame, r.Packets, r.Errors = i32(24), i32(28), i32(32), i32(36)
	if r.Actual < 0 || r.Actual > MaxTransfer {
		return r, &Error{r.Command.String(), 24, "actual_length", int64(r.Actual), 0, MaxTransfer, ErrRange}
	}
	return r, nil
}
