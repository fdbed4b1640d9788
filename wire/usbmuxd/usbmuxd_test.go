package usbmuxd_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/usbmuxd"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func one(t testing.TB, b []byte) usbmuxd.Message {
	t.Helper()
	var d usbmuxd.Decoder
	d.Feed(b)
	m, ok, err := d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.Empty(t, d.Rest())
	return m
}

// The binary requests of early tools, byte for byte.
func TestBinaryRequests(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want usbmuxd.Request
	}{
		"listen": {"10000000000000000300000002000000",
			usbmuxd.Request{Tag: 2, Command: usbmuxd.Listen}},
		"connect to lockdown": {"1800000000000000020000000200000003000000f27e0000",
			usbmuxd.Request{Tag: 2, Command: usbmuxd.Connect, DeviceID: 3, HasDevice: true, Port: 62078, HasPort: true}},
		"connect to ssh": {"180000000000000002000000030000000300000000160000",
			usbmuxd.Request{Tag: 3, Command: usbmuxd.Connect, DeviceID: 3, HasDevice: true, Port: 22, HasPort: true}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := usbmuxd.ParseRequest(one(t, unhex(t, c.hex)))
			require.NoError(t, err)
			require.Equal(t, c.want, r)
			b, err := r.AppendTo(nil)
			require.NoError(t, err)
			require.Equal(t, c.hex, hex.EncodeToString(b))
		})
	}
}

func TestBinaryResult(t *testing.T) {
	b, err := usbmuxd.AppendResult(nil, usbmuxd.Request{Tag: 7}, usbmuxd.OK)
	require.NoError(t, err)
	require.Equal(t, "1400000000000000010000000700000000000000", hex.EncodeToString(b))
	r, err := usbmuxd.ParseReply(one(t, b))
	require.NoError(t, err)
	require.Equal(t, usbmuxd.OK, r.Result)
	require.Equal(t, "Result", r.Type)
}

// An Add message is 0x11C bytes long, with the location in its last four.
func TestBinaryAttached(t *testing.T) {
	want := usbmuxd.Device{ID: 1, ProductID: 0x12A8, Serial: "00008110-001A2B3C4D5E001E", Location: 0x00010005}
	b, err := usbmuxd.AppendAttached(nil, usbmuxd.Binary, want)
	require.NoError(t, err)
	require.Len(t, b, 0x11C)
	require.Equal(t, "05000100", hex.EncodeToString(b[len(b)-4:]))
	r, err := usbmuxd.ParseReply(one(t, b))
	require.NoError(t, err)
	require.Equal(t, want, r.Device)
	require.Zero(t, r.Tag, "notifications have tag 0")
}

// PortNumber is the port with its two bytes swapped.
func TestPortNumberIsSwapped(t *testing.T) {
	for port, number := range map[uint16]string{62078: "32498", 22: "5632", 8080: "36895"} {
		r := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 1, Command: usbmuxd.Connect, DeviceID: 1, HasDevice: true, Port: port, HasPort: true}
		b, err := r.AppendTo(nil)
		require.NoError(t, err)
		require.Contains(t, string(b), "<integer>"+number+"</integer>")
		back, err := usbmuxd.ParseRequest(one(t, b))
		require.NoError(t, err)
		require.Equal(t, r, back)
	}
}

// Some clients send the number signed.
func TestANegativePortNumber(t *testing.T) {
	const body = `<plist version="1.0"><dict><key>MessageType</key><string>Connect</string><key>DeviceID</key><integer>1</integer>` +
		`<key>PortNumber</key><integer>-28641</integer></dict></plist>`
	r, err := usbmuxd.ParseRequest(usbmuxd.Message{Header: usbmuxd.Header{Version: usbmuxd.Plist, Kind: usbmuxd.KindPlist}, Payload: []byte(body)})
	require.NoError(t, err)
	require.Equal(t, uint16(8080), r.Port)
}

func TestUDID(t *testing.T) {
	require.Equal(t, "00008110-001A2B3C4D5E001E", usbmuxd.UDID("00008110001A2B3C4D5E001E"))
	require.Equal(t, "00008110-001A2B3C4D5E001E", usbmuxd.UDID("00008110001A2B3C4D5E001E\x00\x00"))
	require.Equal(t, "2b6f0cc904d137be2e1730235f5664094b831186", usbmuxd.UDID("2b6f0cc904d137be2e1730235f5664094b831186"))
}

func TestPlistReplies(t *testing.T) {
	q := usbmuxd.Request{Version: usbmuxd.Plist, Tag: 9}
	phone := usbmuxd.Device{ID: 4, ProductID: 0x12A8, Serial: "x", Location: 7, Speed: 480_000_000}
	parse := func(b []byte, err error) usbmuxd.Reply {
		require.NoError(t, err)
		m := one(t, b)
		require.Equal(t, uint32(usbmuxd.Plist), m.Version)
		require.Equal(t, uint32(usbmuxd.KindPlist), m.Kind)
		r, err := usbmuxd.ParseReply(m)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, usbmuxd.ConnRefused, parse(usbmuxd.AppendResult(nil, q, usbmuxd.ConnRefused)).Result)
	require.Equal(t, []usbmuxd.Device{phone}, parse(usbmuxd.AppendDevices(nil, q, []usbmuxd.Device{phone})).Devices)
	require.Equal(t, "B", parse(usbmuxd.AppendBUID(nil, q, "B")).BUID)
	require.Equal(t, []byte("rec"), parse(usbmuxd.AppendRecord(nil, q, []byte("rec"))).Record)
	require.Equal(t, phone, parse(usbmuxd.AppendAttached(nil, usbmuxd.Plist, phone)).Device)
	require.Equal(t, uint32(4), parse(usbmuxd.AppendDetached(nil, usbmuxd.Plist, 4)).Device.ID)
	require.Equal(t, "Paired", parse(usbmuxd.AppendPaired(nil, usbmuxd.Plist, 4)).Type)
	require.Equal(t, "", parse(usbmuxd.AppendListeners(nil, q, []usbmuxd.Client{{ProgName: "p"}})).Type)
}

func TestWhatMakesNoSense(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want error
	}{
		"version 7":             {"10000000070000000300000001000000", usbmuxd.ErrVersion},
		"binary kind 8":         {"10000000000000000800000001000000", usbmuxd.ErrKind},
		"connect cut short":     {"1200000000000000020000000100000001ff", usbmuxd.ErrShort},
		"plist of another kind": {"10000000010000000200000001000000", usbmuxd.ErrKind},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := usbmuxd.ParseRequest(one(t, unhex(t, c.hex)))
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestLengthsThatNobodyMeans(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want error
	}{
		"shorter than a header": {"0f000000000000000300000001000000", usbmuxd.ErrLength},
		"four gigabytes":        {"ffffffff010000000800000001000000", usbmuxd.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			var d usbmuxd.Decoder
			d.Feed(unhex(t, c.hex))
			_, _, err := d.Next()
			require.ErrorIs(t, err, c.want)
			_, _, again := d.Next()
			require.Equal(t, err, again, "there is no way on")
		})
	}
}

// Requests may arrive in pieces, and what follows a Connect is the connection.
func TestOneByteAtATime(t *testing.T) {
	stream := append(unhex(t, "1800000000000000020000000200000003000000f27e0000"), "hello"...)
	var d usbmuxd.Decoder
	got := 0
	for _, b := range stream[:24] {
		d.Feed([]byte{b})
		if _, ok, err := d.Next(); ok {
			got++
		} else {
			require.NoError(t, err)
		}
	}
	require.Equal(t, 1, got)
	d.Feed(stream[24:])
	require.Equal(t, "hello", string(d.Rest()))
}
