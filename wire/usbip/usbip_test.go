package usbip_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/usbip"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// What a HID and its host said, as Linux Documentation/usb/usbip_protocol.rst has
// it in its last section; only the headers.
const (
	intrIn     = "00000001 00000d05 0001000f 00000001 00000001 00000200 00000040 ffffffff 00000000 00000004 00000000 00000000"
	intrOut    = "00000001 00000d06 0001000f 00000000 00000001 00000000 00000040 ffffffff 00000000 00000004 00000000 00000000"
	retIntrOut = "00000003 00000d06 00000000 00000000 00000000 00000000 00000040 ffffffff 00000000 00000000 00000000 00000000"
	retIntrIn  = "00000003 00000d05 00000000 00000000 00000000 00000000 00000040 ffffffff 00000000 00000000 00000000 00000000"
)

func TestRequests(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want usbip.Request
	}{
		"interrupt in": {intrIn, usbip.Request{Command: usbip.CmdSubmit, Seq: 0xD05, DevID: 0x1000F, In: true, Endpoint: 1,
			Flags: usbip.FlagDirIn, Length: 64, StartFrame: -1, Interval: 4}},
		"interrupt out": {intrOut, usbip.Request{Command: usbip.CmdSubmit, Seq: 0xD06, DevID: 0x1000F, Endpoint: 1,
			Length: 64, StartFrame: -1, Interval: 4}},
		"control": {"00000001 00000001 00020003 00000001 00000000 00000200 00000012 00000000 00000000 00000000 8006000100001200",
			usbip.Request{Command: usbip.CmdSubmit, Seq: 1, DevID: 0x20003, In: true, Flags: usbip.FlagDirIn, Length: 18,
				Setup: [8]byte{0x80, 6, 0, 1, 0, 0, 0x12, 0}}},
		"isochronous": {"00000001 00000002 00000000 00000000 0000000f 00000002 00000300 00000007 00000003 00000001 00000000 00000000",
			usbip.Request{Command: usbip.CmdSubmit, Seq: 2, Endpoint: 15, Flags: usbip.FlagISOASAP, Length: 768, StartFrame: 7, Packets: 3, Interval: 1}},
		"no packets, as some write it": {"00000001 00000002 00000000 00000000 00000002 00000040 01000000 00000000 ffffffff 00000000 00000000 00000000",
			usbip.Request{Command: usbip.CmdSubmit, Seq: 2, Endpoint: 2, Flags: usbip.FlagZeroPacket, Length: usbip.MaxTransfer, Packets: -1}},
		"unlink": {"00000002 00000d08 0001000f 00000001 00000001 00000d05" + strings.Repeat(" 00000000", 6),
			usbip.Request{Command: usbip.CmdUnlink, Seq: 0xD08, DevID: 0x1000F, In: true, Endpoint: 1, Target: 0xD05}},
	} {
		t.Run(name, func(t *testing.T) {
			b := unhex(t, c.hex)
			got, err := usbip.ParseRequest(b)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, append([]byte("x"), b...), c.want.AppendTo([]byte("x")))
		})
	}
}

func TestReplies(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want usbip.Reply
	}{
		"interrupt in":  {retIntrIn, usbip.Reply{Command: usbip.RetSubmit, Seq: 0xD05, Actual: 64, StartFrame: -1}},
		"interrupt out": {retIntrOut, usbip.Reply{Command: usbip.RetSubmit, Seq: 0xD06, Actual: 64, StartFrame: -1}},
		"stall": {"00000003 00000001 00000000 00000000 00000000 ffffffe0" + strings.Repeat(" 00000000", 6),
			usbip.Reply{Command: usbip.RetSubmit, Seq: 1, Status: usbip.ErrnoPipe}},
		"isochronous": {"00000003 00000002 00000000 00000000 00000000 00000000 00000000 00000007 00000003 00000003 00000000 00000000",
			usbip.Reply{Command: usbip.RetSubmit, Seq: 2, StartFrame: 7, Packets: 3, Errors: 3}},
		"unlinked": {"00000004 00000d08 00000000 00000000 00000000 ffffff98" + strings.Repeat(" 00000000", 6),
			usbip.Reply{Command: usbip.RetUnlink, Seq: 0xD08, Status: usbip.ErrnoConnReset}},
	} {
		t.Run(name, func(t *testing.T) {
			b := unhex(t, c.hex)
			got, err := usbip.ParseReply(b)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, append([]byte("x"), b...), c.want.AppendTo([]byte("x")))
		})
	}
}

// A server that repeats devid, direction and ep is understood.
func TestRepliesThatRepeatTheRequest(t *testing.T) {
	b := unhex(t, retIntrIn)
	copy(b[8:], unhex(t, "0001000f 00000001 00000001"))
	got, err := usbip.ParseReply(b)
	require.NoError(t, err)
	require.Equal(t, usbip.Reply{Command: usbip.RetSubmit, Seq: 0xD05, Actual: 64, StartFrame: -1}, got)
}

func TestAddress(t *testing.T) {
	for want, r := range map[uint8]usbip.Request{
		0x81: {Endpoint: 1, In: true}, 0x01: {Endpoint: 1}, 0x8F: {Endpoint: 15, In: true}, 0: {In: true},
	} {
		require.Equal(t, want, r.Address())
	}
}

func TestOperations(t *testing.T) {
	require.Equal(t, "0111800500000000", hex.EncodeToString(usbip.Op{Code: usbip.ReqDevlist}.AppendTo(nil)))
	require.Equal(t, "0111000300000002", hex.EncodeToString(usbip.Op{Code: usbip.RepImport, Status: usbip.StatusBusy}.AppendTo(nil)))
	op, err := usbip.ParseOp(unhex(t, "0111000300000004 ff"))
	require.NoError(t, err)
	require.Equal(t, usbip.Op{Code: usbip.RepImport, Status: usbip.StatusNoDevice}, op)
	require.Equal(t, usbip.Op{Code: usbip.ReqImport}, op2(t, "0111800300000000"))
	require.EqualError(t, op.Status, "no such device")
	require.Equal(t, "status 99", usbip.Status(99).String())
	require.Equal(t, []string{"OP_REQ_DEVLIST", "OP_REP_DEVLIST", "OP_REQ_IMPORT", "OP_REP_IMPORT", "operation 8002"},
		[]string{usbip.ReqDevlist.String(), usbip.RepDevlist.String(), usbip.ReqImport.String(), usbip.RepImport.String(), usbip.Code(0x8002).String()})
}

func op2(t *testing.T, s string) usbip.Op {
	t.Helper()
	op, err := usbip.ParseOp(unhex(t, s))
	require.NoError(t, err)
	return op
}

func TestBusIDs(t *testing.T) {
	b := usbip.AppendBusID([]byte("x"), "1-1.4")
	require.Equal(t, append([]byte("x1-1.4"), make([]byte, 27)...), b)
	id, err := usbip.ParseBusID(b[1:])
	require.NoError(t, err)
	require.Equal(t, "1-1.4", id)
	require.NoError(t, usbip.CheckBusID("usbip-vudc.0"))
	require.NoError(t, usbip.CheckBusID(strings.Repeat("1", 31)))
	require.Error(t, usbip.CheckBusID(""))
	require.Error(t, usbip.CheckBusID(strings.Repeat("1", 32)))
	require.EqualError(t, usbip.CheckBusID("1\x00"), "usbip: busid, offset 1: byte is 0, want 1 to 255: no text that ends within the field")
	require.Len(t, usbip.AppendBusID(nil, strings.Repeat("1", 40)), 32, "what is too long is cut")
}

// Offsets as the kernel's page has them, from 0 here: the path of a list's first
// device stands at 0x0C there.
func TestDevices(t *testing.T) {
	d := usbip.Device{Path: "/sys/devices/pci0000:00/0000:00:1d.1/usb3/3-2", BusID: "3-2", BusNum: 3, DevNum: 2, Speed: 2,
		Vendor: 0x1234, Product: 0x5678, Release: 0x9ABC, Class: 0xDE, SubClass: 0xF0, Protocol: 0x12, Configuration: 1, Configurations: 4, NumInterfaces: 3}
	b := d.AppendTo(nil)
	require.Len(t, b, usbip.DeviceLen)
	require.Equal(t, append([]byte(d.Path), make([]byte, 256-len(d.Path))...), b[:256])
	require.Equal(t, append([]byte("3-2"), make([]byte, 29)...), b[0x10C-0x0C:0x12C-0x0C])
	require.Equal(t, unhex(t, "00000003 00000002 00000002 1234 5678 9abc def012 01 04 03"), b[288:])
	got, err := usbip.ParseDevice(b)
	require.NoError(t, err)
	require.Equal(t, d, got)
	require.Equal(t, uint32(0x30002), got.ID())
	f := usbip.Interface{Class: 255, SubClass: 254, Protocol: 2}
	require.Equal(t, []byte{255, 254, 2, 0}, f.AppendTo(nil))
	back, err := usbip.ParseInterface([]byte{255, 254, 2, 77})
	require.NoError(t, err)
	require.Equal(t, f, back)
}

func TestPackets(t *testing.T) {
	p := usbip.Packet{Offset: 1024, Length: 512, Actual: 300, Status: usbip.ErrnoXDev}
	b := unhex(t, "00000400 00000200 0000012c ffffffee")
	require.Equal(t, b, p.AppendTo(nil))
	got, err := usbip.ParsePacket(b)
	require.NoError(t, err)
	require.Equal(t, p, got)
}

func TestErrors(t *testing.T) {
	request := func(offset int, value string) func() error {
		return func() error {
			b := unhex(t, intrIn)
			copy(b[offset:], unhex(t, value))
			_, err := usbip.ParseRequest(b)
			return err
		}
	}
	reply := func(offset int, value string) func() error {
		return func() error {
			b := unhex(t, retIntrIn)
			copy(b[offset:], unhex(t, value))
			_, err := usbip.ParseReply(b)
			return err
		}
	}
	device := func(offset, n int) func() error {
		return func() error {
			b := (&usbip.Device{}).AppendTo(nil)
			copy(b[offset:], bytes.Repeat([]byte("1"), n))
			_, err := usbip.ParseDevice(b)
			return err
		}
	}
	for _, c := range []struct {
		do     func() error
		reason error
		want   string
	}{
		{request(0, "00000003"), usbip.ErrCode, "request, offset 0: command is 3, want 1 to 2: unknown here"},
		{request(12, "00000002"), usbip.ErrRange, "CMD_SUBMIT, offset 12: direction is 2, want 0 to 1: out of range"},
		{request(16, "00000081"), usbip.ErrRange, "CMD_SUBMIT, offset 16: ep is 129, want 0 to 15: out of range"},
		{request(24, "01000001"), usbip.ErrRange, "CMD_SUBMIT, offset 24: transfer_buffer_length is 16777217, want 0 to 16777216: out of range"},
		{request(24, "ffffffff"), usbip.ErrRange, "CMD_SUBMIT, offset 24: transfer_buffer_length is -1, want 0 to 16777216: out of range"},
		{func() error { return (&usbip.Request{Command: usbip.CmdSubmit, Packets: 1025}).CheckPackets() }, usbip.ErrRange,
			"CMD_SUBMIT, offset 32: number_of_packets is 1025, want 0 to 1024: out of range"},
		{func() error { return (&usbip.Request{Command: usbip.CmdSubmit, Packets: -1}).CheckPackets() }, usbip.ErrRange,
			"CMD_SUBMIT, offset 32: number_of_packets is -1, want 0 to 1024: out of range"},
		{reply(0, "00000001"), usbip.ErrCode, "reply, offset 0: command is 1, want 3 to 4: unknown here"},
		{reply(24, "80000000"), usbip.ErrRange, "RET_SUBMIT, offset 24: actual_length is -2147483648, want 0 to 16777216: out of range"},
		{device(0, 256), usbip.ErrText, "device, offset 0: path (length) is 256, want 0 to 255: no text that ends within the field"},
		{device(256, 32), usbip.ErrText, "device, offset 256: busid (length) is 32, want 0 to 31: no text that ends within the field"},
		{func() error { _, err := usbip.ParseBusID(bytes.Repeat([]byte("1"), 32)); return err }, usbip.ErrText,
			"OP_REQ_IMPORT, offset 0: busid (length) is 32, want 0 to 31: no text that ends within the field"},
		{func() error { _, err := usbip.ParseOp(unhex(t, "0106800500000000")); return err }, usbip.ErrVersion,
			"OP header, offset 0: version is 262, want 273: not USB/IP 1.1.1"},
		{func() error { return usbip.Op{Code: 0x8002}.Unknown(usbip.ReqImport) }, usbip.ErrCode,
			"OP header, offset 2: code is 32770, want 32771: unknown here"},
	} {
		err := c.do()
		require.EqualError(t, err, "usbip: "+c.want)
		require.ErrorIs(t, err, c.reason)
	}
}

func TestTruncated(t *testing.T) {
	zeros := make([]byte, 400)
	for name, c := range map[string]struct {
		n     int
		parse func([]byte) error
	}{
		"request":           {usbip.HeaderLen, func(b []byte) error { _, err := usbip.ParseRequest(b); return err }},
		"reply":             {usbip.HeaderLen, func(b []byte) error { _, err := usbip.ParseReply(b); return err }},
		"device":            {usbip.DeviceLen, func(b []byte) error { _, err := usbip.ParseDevice(b); return err }},
		"interface":         {usbip.InterfaceLen, func(b []byte) error { _, err := usbip.ParseInterface(b); return err }},
		"packet descriptor": {usbip.PacketLen, func(b []byte) error { _, err := usbip.ParsePacket(b); return err }},
		"OP header":         {usbip.OpLen, func(b []byte) error { _, err := usbip.ParseOp(b); return err }},
		"OP_REQ_IMPORT":     {usbip.BusIDLen, func(b []byte) error { _, err := usbip.ParseBusID(b); return err }},
	} {
		for n := range c.n {
			err := c.parse(zeros[:n])
			require.ErrorIs(t, err, usbip.ErrTruncated, "%s, %d bytes", name, n)
			require.ErrorContains(t, err, name)
		}
		require.NotErrorIs(t, c.parse(zeros[:c.n]), usbip.ErrTruncated, name)
	}
}

func TestNoAllocations(t *testing.T) {
	b := unhex(t, intrIn)
	buf := make([]byte, 0, 48)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		r, err := usbip.ParseRequest(b)
		if err != nil {
			t.Fatal(err)
		}
		buf = r.AppendTo(buf[:0])
		a := usbip.Reply{Command: usbip.RetSubmit, Seq: r.Seq}
		buf = a.AppendTo(buf[:0])
	}))
}
