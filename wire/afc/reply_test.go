package afc_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/afc"
)

func TestReplyVectors(t *testing.T) {
	for _, c := range []struct {
		got  []byte
		want string
		out  afc.Reply
	}{
		{afc.AppendStatus(nil, 2, afc.StatusObjectNotFound),
			"434641364c504141 3000000000000000 3000000000000000 0200000000000000 0100000000000000 0800000000000000",
			afc.Reply{Op: afc.OpStatus, Status: afc.StatusObjectNotFound}},
		{afc.AppendOpened(nil, 3, 1),
			"434641364c504141 3000000000000000 3000000000000000 0300000000000000 0e00000000000000 0100000000000000",
			afc.Reply{Op: afc.OpFileRefOpenResult, Value: 1}},
		{afc.AppendPosition(nil, 4, 5<<30),
			"434641364c504141 3000000000000000 3000000000000000 0400000000000000 1300000000000000 0000004001000000",
			afc.Reply{Op: afc.OpFileRefTellResult, Value: 5 << 30}},
		{afc.AppendDirOpened(nil, 4, 9),
			"434641364c504141 3000000000000000 3000000000000000 0400000000000000 2400000000000000 0900000000000000",
			afc.Reply{Op: afc.OpDirOpenResult, Value: 9}},
		{afc.AppendData(nil, 5, 0),
			"434641364c504141 2800000000000000 2800000000000000 0500000000000000 0200000000000000",
			afc.Reply{Op: afc.OpData, Data: []byte{}}},
		{afc.AppendData(nil, 5, 3), // the data lies behind ThisLength
			"434641364c504141 2b00000000000000 2800000000000000 0500000000000000 0200000000000000",
			afc.Reply{Op: afc.OpData, Data: []byte{}}},
	} {
		require.Equal(t, unhex(t, c.want), c.got)
		h, err := afc.ParseHeader(c.got)
		require.NoError(t, err)
		r, err := afc.ParseReply(h.Op, c.got[afc.HeaderLen:])
		require.NoError(t, err)
		require.Equal(t, c.out, r)
	}
}

func TestParseReplyErrors(t *testing.T) {
	_, err := afc.ParseReply(afc.OpStatus, make([]byte, 7))
	require.Equal(t, &afc.ArgError{Op: afc.OpStatus, Field: afc.FieldStatus, Value: 7, Err: afc.ErrArgMissing}, err)
	for _, op := range []afc.Op{afc.OpReadDir, afc.OpReadFile, 0, 0x29} {
		_, err = afc.ParseReply(op, make([]byte, 8))
		require.ErrorIs(t, err, afc.ErrOpUnknown, "%v", op)
	}
	r, err := afc.ParseReply(afc.OpData, []byte("inside"))
	require.NoError(t, err)
	require.Equal(t, "inside", string(r.Data), "the other shape can be read")
}

func TestStatus(t *testing.T) {
	require.NoError(t, afc.StatusSuccess.Err())
	err := fmt.Errorf("open: %w", afc.StatusObjectNotFound.Err())
	require.ErrorIs(t, err, afc.StatusObjectNotFound)
	require.False(t, errors.Is(err, afc.StatusObjectIsDir))
	require.EqualError(t, err, "open: afc: object not found (status 8)")
	require.Equal(t, "status 24", afc.Status(24).String())
	require.False(t, afc.Status(24).Known())
	known := 0
	for s := range afc.Status(100) {
		if s.Known() {
			known++
		}
	}
	require.Equal(t, 28, known, "0 to 23 and 30 to 33")
}

func TestStrings(t *testing.T) {
	b := afc.AppendStrings(nil, ".", "..", "DCIM")
	require.Equal(t, ".\x00..\x00DCIM\x00", string(b))
	require.Equal(t, []string{".", "..", "DCIM"}, slices.Collect(afc.Strings(b)))
	require.Equal(t, []string{"a", "", "b"}, slices.Collect(afc.Strings([]byte("a\x00\x00b"))))
	require.Empty(t, slices.Collect(afc.Strings(nil)))
	for range afc.Strings(b) {
		break
	}
	require.Equal(t, []afc.Pair{{"a", "b"}}, afc.ParsePairs([]byte("a\x00b\x00c\x00")))
}

func TestFileInfo(t *testing.T) {
	link := afc.FileInfo{
		Size: 5 << 30, Blocks: 8, Links: 1, Format: afc.FormatSymbolicLink,
		ModTime: 1_700_000_000_123_456_789, BirthTime: 1_600_000_000_000_000_000, LinkTarget: "../to",
	}
	b := link.AppendTo(nil)
	require.Equal(t, "st_size\x005368709120\x00st_blocks\x008\x00st_nlink\x001\x00st_ifmt\x00S_IFLNK\x00"+
		"st_mtime\x001700000000123456789\x00st_birthtime\x001600000000000000000\x00LinkTarget\x00../to\x00", string(b))
	require.Equal(t, link, afc.ParseFileInfo(b))

	odd := afc.ParseFileInfo([]byte("st_size\x00many\x00st_flags\x0064\x00"))
	require.Equal(t, afc.FileInfo{Other: []afc.Pair{{"st_flags", "64"}}}, odd)
	require.Equal(t, odd, afc.ParseFileInfo(odd.AppendTo(nil)))
}

func TestDeviceInfo(t *testing.T) {
	d := afc.DeviceInfo{Model: "iPhone14,7", TotalBytes: 128 << 30, FreeBytes: 1, BlockSize: 4096}
	b := d.AppendTo(nil)
	require.Equal(t, "Model\x00iPhone14,7\x00FSTotalBytes\x00137438953472\x00FSFreeBytes\x001\x00FSBlockSize\x004096\x00", string(b))
	require.Equal(t, d, afc.ParseDeviceInfo(b))
	d.Other = []afc.Pair{{"New", "key"}}
	require.Equal(t, d, afc.ParseDeviceInfo(d.AppendTo(nil)))
}
