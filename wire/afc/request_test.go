package afc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/wire/afc"
)

// Arguments of every request, byte for byte.
var requestVectors = []struct {
	req  afc.Request
	args string // hexadecimal, or text in quotes
}{
	{afc.Request{Op: afc.OpReadDir, Path: "/"}, "2f00"},
	{afc.Request{Op: afc.OpTruncateFile, Size: 5 << 30, Path: "a"}, "0000004001000000 6100"},
	{afc.Request{Op: afc.OpRemovePath, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpMakeDir, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpGetFileInfo, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpGetDeviceInfo}, ""},
	{afc.Request{Op: afc.OpWriteFileAtomic, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpFileRefOpen, Mode: afc.ModeWriteRead, Path: "/b"}, "0400000000000000 2f6200"},
	{afc.Request{Op: afc.OpFileRefRead, Handle: 1, Length: 4 << 20}, "0100000000000000 0000400000000000"},
	{afc.Request{Op: afc.OpFileRefWrite, Handle: 0x0102030405060708}, "0807060504030201"},
	{afc.Request{Op: afc.OpFileRefSeek, Handle: 1, Whence: afc.SeekEnd, Offset: -2}, "0100000000000000 0200000000000000 feffffffffffffff"},
	{afc.Request{Op: afc.OpFileRefTell, Handle: 1}, "0100000000000000"},
	{afc.Request{Op: afc.OpFileRefClose, Handle: 1}, "0100000000000000"},
	{afc.Request{Op: afc.OpFileRefSetFileSize, Handle: 1, Size: 5 << 30}, "0100000000000000 0000004001000000"},
	{afc.Request{Op: afc.OpGetConnectionInfo}, ""},
	{afc.Request{Op: afc.OpSetConnectionOptions}, ""},
	{afc.Request{Op: afc.OpRenamePath, Path: "a", NewPath: "b"}, "6100 6200"},
	{afc.Request{Op: afc.OpSetFSBlockSize, Size: 0x800000}, "0000800000000000"},
	{afc.Request{Op: afc.OpSetSocketBlockSize, Size: 0x800000}, "0000800000000000"},
	{afc.Request{Op: afc.OpFileRefLock, Handle: 1, Lock: afc.LockExclusive}, "0100000000000000 0600000000000000"},
	{afc.Request{Op: afc.OpMakeLink, LinkType: afc.SymbolicLink, Path: "to", NewPath: "l"}, "0200000000000000 746f00 6c00"},
	{afc.Request{Op: afc.OpGetFileHash, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpSetModTime, Time: 1_700_000_000_000_000_000, Path: "/b"}, "00002a36fe9c9717 2f6200"},
	{afc.Request{Op: afc.OpGetFileHashWithRange, Offset: 1, Length: 2, Path: "/b"}, "0100000000000000 0200000000000000 2f6200"},
	{afc.Request{Op: afc.OpFileRefSetImmutable, Handle: 1, Hint: 0xFF}, "0100000000000000 ff00000000000000"},
	{afc.Request{Op: afc.OpGetSizeOfPathContents, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpRemovePathAndContents, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpDirOpen, Path: "/b"}, "2f6200"},
	{afc.Request{Op: afc.OpDirRead, Handle: 1}, "0100000000000000"},
	{afc.Request{Op: afc.OpDirClose, Handle: 1}, "0100000000000000"},
	{afc.Request{Op: afc.OpFileRefReadOffset, Handle: 1, Offset: 5 << 30, Length: 16}, "0100000000000000 0000004001000000 1000000000000000"},
	{afc.Request{Op: afc.OpFileRefWriteOffset, Handle: 1, Offset: 5 << 30}, "0100000000000000 0000004001000000"},
}

func TestRequestVectors(t *testing.T) {
	seen := map[afc.Op]bool{}
	for _, v := range requestVectors {
		t.Run(v.req.Op.String(), func(t *testing.T) {
			args := unhex(t, v.args)
			seen[v.req.Op] = true
			b, err := v.req.AppendTo([]byte("before"), 77, 5)
			require.NoError(t, err)
			want := afc.NewHeader(v.req.Op, 77, len(args), 5).AppendTo([]byte("before"))
			require.Equal(t, append(want, args...), b)
			require.Equal(t, len(args), v.req.ArgsLen())
			got, err := afc.ParseRequest(v.req.Op, args)
			require.NoError(t, err)
			require.Equal(t, v.req, got)
		})
	}
	for _, s := range afc.Ops() {
		require.Equal(t, s.IsRequest(), seen[s.Op], "%v", s.Op)
	}
}

// go-ios leaves the last NUL out for ReadDir, GetFileInfo, RemovePath and
// RemovePathAndContents; idevice for FileRefOpen and SetModTime too.
func TestParseRequestWithoutTheLastNUL(t *testing.T) {
	for _, v := range requestVectors {
		args := unhex(t, v.args)
		s, _ := afc.Lookup(v.req.Op)
		if n := len(s.Args); n == 0 || s.Args[n-1] != afc.FieldPath && s.Args[n-1] != afc.FieldNewPath {
			continue
		}
		got, err := afc.ParseRequest(v.req.Op, args[:len(args)-1])
		require.NoError(t, err, "%v", v.req.Op)
		require.Equal(t, v.req, got)
	}
}

func TestParseRequestErrors(t *testing.T) {
	for _, c := range []struct {
		op   afc.Op
		args string
		want *afc.ArgError
		text string
	}{
		{afc.OpFileRefRead, "", &afc.ArgError{Op: afc.OpFileRefRead, Field: afc.FieldHandle, Err: afc.ErrArgMissing},
			"afc: FileRefRead: offset 0: handle 0: arguments end here"},
		{afc.OpFileRefRead, "0100000000000000 01020304", &afc.ArgError{Op: afc.OpFileRefRead, Field: afc.FieldLength, Offset: 8, Value: 4, Err: afc.ErrArgMissing},
			"afc: FileRefRead: offset 8: length 4: arguments end here"},
		{afc.OpRenamePath, "6162", &afc.ArgError{Op: afc.OpRenamePath, Field: afc.FieldPath, Value: 2, Err: afc.ErrArgMissing},
			"afc: RenamePath: offset 0: path 2: arguments end here"},
		{afc.OpRenamePath, "616200", &afc.ArgError{Op: afc.OpRenamePath, Field: afc.FieldNewPath, Offset: 3, Err: afc.ErrArgMissing},
			"afc: RenamePath: offset 3: to 0: arguments end here"},
		{afc.OpStatus, "0000000000000000", &afc.ArgError{Op: afc.OpStatus, Err: afc.ErrOpUnknown}, "afc: Status: no such request"},
		{0, "", &afc.ArgError{Err: afc.ErrOpUnknown}, "afc: operation 0x00: no such request"},
		{0x29, "", &afc.ArgError{Op: 0x29, Err: afc.ErrOpUnknown}, "afc: operation 0x29: no such request"},
		{1 << 63, "", &afc.ArgError{Op: 1 << 63, Err: afc.ErrOpUnknown}, "afc: operation 0x8000000000000000: no such request"},
	} {
		_, err := afc.ParseRequest(c.op, unhex(t, c.args))
		require.Equal(t, c.want, err)
		require.EqualError(t, err, c.text)
		require.ErrorIs(t, err, c.want.Err)
	}
}

// A path ends at its NUL, as it does in C.
func TestParseRequestIgnoresWhatFollows(t *testing.T) {
	r, err := afc.ParseRequest(afc.OpReadDir, []byte("/DCIM\x00\x00\x00rest"))
	require.NoError(t, err)
	require.Equal(t, "/DCIM", r.Path)
	r, err = afc.ParseRequest(afc.OpReadDir, nil)
	require.NoError(t, err)
	require.Empty(t, r.Path)
}

func TestAppendRequestErrors(t *testing.T) {
	before := []byte("before")
	b, err := (&afc.Request{Op: afc.OpData}).AppendTo(before, 1, 0)
	require.Equal(t, &afc.ArgError{Op: afc.OpData, Err: afc.ErrOpUnknown}, err)
	require.Equal(t, before, b)
	b, err = (&afc.Request{Op: afc.OpReadFile}).AppendTo(before, 1, 0)
	require.ErrorIs(t, err, afc.ErrOpUnknown, "nobody knows its arguments")
	require.Equal(t, before, b)
	b, err = (&afc.Request{Op: afc.OpFileRefOpen, Mode: 1, Path: "a\x00b"}).AppendTo(before, 1, 0)
	require.Equal(t, &afc.ArgError{Op: afc.OpFileRefOpen, Field: afc.FieldPath, Offset: 8, Value: 1, Err: afc.ErrArgNUL}, err)
	require.Equal(t, before, b)
	require.EqualError(t, err, "afc: FileRefOpen: offset 8: path 1: a path to be sent holds a NUL")
}

// Any request comes back as it was sent.
func TestRequestRoundTrip(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.ReplaceAll(rapid.String().Draw(t, "text"), "\x00", "")
	})
	var ops []afc.Op
	for _, s := range afc.Ops() {
		if s.IsRequest() {
			ops = append(ops, s.Op)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		full := afc.Request{
			Op:     rapid.SampledFrom(ops).Draw(t, "op"),
			Handle: rapid.Uint64().Draw(t, "handle"), Mode: afc.OpenMode(rapid.Uint64().Draw(t, "mode")),
			Length: rapid.Uint64().Draw(t, "length"), Size: rapid.Uint64().Draw(t, "size"),
			Whence: afc.Whence(rapid.Uint64().Draw(t, "whence")), Offset: rapid.Int64().Draw(t, "offset"),
			Lock: afc.LockOp(rapid.Uint64().Draw(t, "lock")), LinkType: afc.LinkType(rapid.Uint64().Draw(t, "type")),
			Time: rapid.Uint64().Draw(t, "time"), Hint: rapid.Uint64().Draw(t, "hint"),
			Path: text.Draw(t, "path"), NewPath: text.Draw(t, "to"),
		}
		b, err := full.AppendTo(nil, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := afc.ParseRequest(full.Op, b[afc.HeaderLen:])
		if err != nil {
			t.Fatal(err)
		}
		back, err := got.AppendTo(nil, 1, 0)
		if err != nil || string(back) != string(b) {
			t.Fatalf("%+v\n%x\n%x %v", got, b, back, err)
		}
	})
}
