package afc_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/afc"
)

func TestCatalogue(t *testing.T) {
	all := afc.Ops()
	require.Len(t, all, 0x28)
	requests := 0
	for i, s := range all {
		require.Equal(t, afc.Op(i+1), s.Op)
		require.NotEmpty(t, s.Name)
		require.Equal(t, s.Name, s.Op.String())
		if s.IsRequest() {
			requests++
			r, ok := afc.Lookup(s.Reply)
			require.True(t, ok)
			require.False(t, r.IsRequest(), "%s is answered by a reply", s.Name)
		}
	}
	require.Equal(t, 32, requests)
	_, ok := afc.Lookup(0)
	require.False(t, ok)
	_, ok = afc.Lookup(0x29)
	require.False(t, ok)
}

func TestOpenModes(t *testing.T) {
	type can struct{ name, read, write, truncate, append string }
	yes := map[bool]string{true: "yes"}
	for m, want := range map[afc.OpenMode]can{
		0: {name: "mode 0"},
		1: {"r", "yes", "", "", ""},
		2: {"r+", "yes", "yes", "", ""},
		3: {"w", "", "yes", "yes", ""},
		4: {"w+", "yes", "yes", "yes", ""},
		5: {"a", "", "yes", "", "yes"},
		6: {"a+", "yes", "yes", "", "yes"},
		7: {name: "mode 7"},
	} {
		require.Equal(t, want, can{m.String(), yes[m.CanRead()], yes[m.CanWrite()], yes[m.Truncates()], yes[m.Appends()]})
		require.Equal(t, m >= 1 && m <= 6, m.Valid())
	}
}

func TestNames(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"start": afc.SeekStart, "current": afc.SeekCurrent, "end": afc.SeekEnd, "whence 3": afc.Whence(3),
		"shared": afc.LockShared, "exclusive": afc.LockExclusive, "unlock": afc.Unlock, "lock 1": afc.LockOp(1),
		"hard": afc.HardLink, "symbolic": afc.SymbolicLink, "link type 0": afc.LinkType(0),
		"handle": afc.FieldHandle, "position": afc.FieldPosition, "field 0": afc.Field(0), "field 99": afc.Field(99),
		"operation 0x99": afc.Op(0x99),
	} {
		require.Equal(t, want, got.String())
	}
	require.EqualValues(t, 5, afc.LockShared)
	require.EqualValues(t, 6, afc.LockExclusive)
	require.EqualValues(t, 12, afc.Unlock)
}

func TestSprint(t *testing.T) {
	for _, c := range []struct {
		req  afc.Request
		data uint64
		want string
	}{
		{afc.Request{Op: afc.OpGetDeviceInfo}, 0, `#7 GetDeviceInfo`},
		{afc.Request{Op: afc.OpFileRefOpen, Mode: afc.ModeRead, Path: "/a\nb"}, 0, `#7 FileRefOpen mode=r path="/a\nb"`},
		{afc.Request{Op: afc.OpFileRefWrite, Handle: 3}, 4096, `#7 FileRefWrite handle=3 data=4096`},
		{afc.Request{Op: afc.OpFileRefSeek, Handle: 3, Whence: afc.SeekEnd, Offset: -1}, 0, `#7 FileRefSeek handle=3 whence=end offset=-1`},
		{afc.Request{Op: afc.OpFileRefLock, Handle: 3, Lock: afc.LockExclusive}, 0, `#7 FileRefLock handle=3 lock=exclusive`},
		{afc.Request{Op: afc.OpMakeLink, LinkType: afc.HardLink, Path: "a", NewPath: "b"}, 0, `#7 MakeLink type=hard path="a" to="b"`},
		{afc.Request{Op: afc.OpSetModTime, Time: 5, Path: "b"}, 0, `#7 SetModTime time=5 path="b"`},
	} {
		b, err := c.req.AppendTo(nil, 7, c.data)
		require.NoError(t, err)
		h, err := afc.ParseHeader(b)
		require.NoError(t, err)
		require.Equal(t, c.want, afc.Sprint(h, b[afc.HeaderLen:]))
	}
	reply := func(b []byte) string {
		h, err := afc.ParseHeader(b)
		require.NoError(t, err)
		return afc.Sprint(h, b[afc.HeaderLen:])
	}
	require.Equal(t, "#1 Status 8 object not found", reply(afc.AppendStatus(nil, 1, 8)))
	require.Equal(t, "#1 FileRefOpenResult handle=2", reply(afc.AppendOpened(nil, 1, 2)))
	require.Equal(t, "#1 FileRefTellResult position=2", reply(afc.AppendPosition(nil, 1, 2)))
	require.Equal(t, "#1 Data data=9", reply(afc.AppendData(nil, 1, 9)))
	require.Equal(t, "#1 operation 0x77 args=3", reply(append(afc.NewHeader(0x77, 1, 3, 0).AppendTo(nil), "abc"...)))
	require.Equal(t, "#1 FileRefRead (afc: FileRefRead: offset 0: handle 3: arguments end here)",
		reply(append(afc.NewHeader(afc.OpFileRefRead, 1, 3, 0).AppendTo(nil), "abc"...)))
	require.Equal(t, "#1 Status (afc: Status: offset 0: status 1: arguments end here)",
		reply(append(afc.NewHeader(afc.OpStatus, 1, 1, 0).AppendTo(nil), "a"...)))
}
