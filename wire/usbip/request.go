package usbip

import (
	"encoding/binary"
	"fmt"
)

// HeaderLen is the length of a [Request] and of a [Reply] in bytes.
const HeaderLen = 48

// Limits of what a [Request] may ask. The field for the length has 31 bits;
// Linux lets a program have 16 MiB in all transfers together unless told
// otherwise.
const (
	MaxTransfer = 16 << 20 // bytes of one transfer
	MaxPackets  = 1024     // of an isochronous transfer
	MaxEndpoint = 15
)

// Command says what a message of the URB layer is.
type Command uint32

// Commands.
const (
	CmdSubmit Command = 1
	CmdUnlink Command = 2
	RetSubmit Command = 3
	RetUnlink Command = 4
)

func (c Command) String() string {
	switch c {
	case CmdSubmit:
		return "CMD_SUBMIT"
	case CmdUnlink:
		return "CMD_UNLINK"
	case RetSubmit:
		return "RET_SUBMIT"
	case RetUnlink:
		return "RET_UNLINK"
	}
	return fmt.Sprintf("command %d", uint32(c))
}

// Flags of a transfer, as Linux numbers them. The others mean nothing to a
// server.
const (
	FlagShortNotOK = 0x0001 // IN: less than asked is an error
	FlagISOASAP    = 0x0002
	FlagZeroPacket = 0x0040 // OUT: end a multiple of the packet size with an empty packet
	FlagDirIn      = 0x0200
)

// Request is what a client sends.
//
//	0   u32  command
//	4   u32  seqnum, which the reply carries
//	8   u32  devid
//	12  u32  direction: 0 OUT, 1 IN
//	16  u32  ep, without the direction bit
//
//	CMD_SUBMIT                          CMD_UNLINK
//	20  u32  transfer_flags             20  u32  seqnum of what to unlink
//	24  s32  transfer_buffer_length     24       zeros
//	28  s32  start_frame
//	32  s32  number_of_packets
//	36  s32  interval
//	40       setup packet
type Request struct {
	Command  Command
	Seq      uint32
	DevID    uint32
	In       bool
	Endpoint uint8

	Flags      uint32
	Length     int32 // of the data that follows, or of the room for it
	StartFrame int32
	Packets    int32 // of isochronous transfers only
	Interval   int32
	Setup      [8]byte // of control transfers only

	Target uint32 // what to unlink
}

// AppendTo appends the 48 bytes.
func (r *Request) AppendTo(dst []byte) []byte {
	in := uint32(0)
	if r.In {
		in = 1
	}
	for _, v := range [...]uint32{uint32(r.Command), r.Seq, r.DevID, in, uint32(r.Endpoint)} {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	if r.Command == CmdUnlink {
		dst = binary.BigEndian.AppendUint32(dst, r.Target)
		return append(dst, make([]byte, 24)...)
	}
	for _, v := range [...]uint32{r.Flags, uint32(r.Length), uint32(r.StartFrame), uint32(r.Packets), uint32(r.Interval)} {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	return append(dst, r.Setup[:]...)
}

// ParseRequest reads the first 48 bytes of b. With an error the stream cannot be
// read on: nobody knows where the next request begins. Packets is not looked at;
// see [Request.CheckPackets].
func ParseRequest(b []byte) (r Request, err error) {
	if len(b) < HeaderLen {
		return r, short("request", len(b), HeaderLen)
	}
	u32 := func(i int) uint32 { return binary.BigEndian.Uint32(b[i:]) }
	r.Command, r.Seq, r.DevID = Command(u32(0)), u32(4), u32(8)
	if r.Command != CmdSubmit && r.Command != CmdUnlink {
		return r, &Error{"request", 0, "command", int64(r.Command), int64(CmdSubmit), int64(CmdUnlink), ErrCode}
	}
	if v := u32(12); v > 1 {
		return r, &Error{r.Command.String(), 12, "direction", int64(v), 0, 1, ErrRange}
	}
	if v := u32(16); v > MaxEndpoint {
		return r, &Error{r.Command.String(), 16, "ep", int64(v), 0, MaxEndpoint, ErrRange}
	}
	r.In, r.Endpoint = u32(12) == 1, uint8(u32(16))
	if r.Command == CmdUnlink {
		r.Target = u32(20)
		return r, nil
	}
	r.Flags, r.Length, r.StartFrame = u32(20), int32(u32(24)), int32(u32(28))
	r.Packets, r.Interval = int32(u32(32)), int32(u32(36))
	copy(r.Setup[:], b[40:])
	if r.Length < 0 || r.Length > MaxTransfer {
		return r, &Error{r.Command.String(), 24, "transfer_buffer_length", int64(r.Length), 0, MaxTransfer, ErrRange}
	}
	return r, nil
}

// CheckPackets reports whether an isochronous transfer has a number of packets
// that it can have.
func (r *Request) CheckPackets() error {
	if r.Packets < 0 || r.Packets > MaxPackets {
		return &Error{r.Command.String(), 32, "number_of_packets", int64(r.Packets), 0, MaxPackets, ErrRange}
	}
	return nil
}

// Address returns the endpoint's address, with the direction bit. Endpoint 0 is
// 0 whatever the direction.
func (r *Request) Address() uint8 {
	if r.In && r.Endpoint != 0 {
		return r.Endpoint | 0x80
	}
	return r.Endpoint
}
