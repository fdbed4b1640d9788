package lockdown

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/plugfest/plugfest/wire/plist"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// one returns the list of the only frame in b.
func one(t testing.TB, b []byte) []byte {
	t.Helper()
	var d Decoder
	d.Feed(b)
	m, ok, err := d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, d.Finish())
	return m
}

func TestAppendFrame(t *testing.T) {
	b, err := AppendFrame([]byte("x"), plist.Binary, map[string]any{"Command": "Polo"})
	require.NoError(t, err)
	require.Equal(t, unhex("0000003b"), b[1:5])
	require.Len(t, b, 1+4+0x3b)
	require.Equal(t, "bplist00", string(b[5:13]))
	b, err = AppendFrame(nil, plist.XML, map[string]any{"Request": "QueryType"})
	require.NoError(t, err)
	require.Equal(t, "<?xml", string(b[4:9]), "libimobiledevice wants it at the very first byte")
	dst := []byte("kept")
	b, err = AppendFrame(dst, plist.XML, []any{nil})
	require.ErrorIs(t, err, plist.ErrValue)
	require.Equal(t, dst, b)
}

func TestDecoderCutAnywhere(t *testing.T) {
	var stream []byte
	var want [][]byte
	for _, text := range []string{"first", "second", strings.Repeat("x", 300)} {
		at := len(stream)
		var err error
		stream, err = AppendFrame(stream, plist.XML, text)
		require.NoError(t, err)
		want = append(want, stream[at+4:])
	}
	for cut := 1; cut < 400; cut++ {
		var d Decoder
		var got [][]byte
		for rest := stream; len(rest) > 0; {
			n := min(cut, len(rest))
			d.Feed(rest[:n])
			rest = rest[n:]
			for {
				m, ok, err := d.Next()
				require.NoError(t, err)
				if !ok {
					break
				}
				got = append(got, bytes.Clone(m))
			}
		}
		require.Len(t, got, 3)
		for i := range want {
			require.True(t, bytes.HasPrefix(want[i], got[i]))
		}
		require.Equal(t, want[2], got[2])
		require.NoError(t, d.Finish())
	}
}

func TestDecoderErrors(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		limit      int
		want       string
	}{
		{"empty", "00000000", 0, "lockdown: offset 0: message length: impossible length: 0, limit 16777216"},
		{"over the default", "01000001", 0, "lockdown: offset 0: message length: impossible length: 16777217, limit 16777216"},
		{"at the default", "01000000", 0, ""},
		{"over a limit", "00000401", 1024, "lockdown: offset 0: message length: impossible length: 1025, limit 1024"},
		{"TLS before the session", "16030100 c8010000", 0, "lockdown: offset 0: message length: impossible length: 369295616, limit 16777216 (a TLS record?)"},
		{"in the second", "00000001 61 ffffffff", 0, "lockdown: offset 5: message length: impossible length: 4294967295, limit 16777216"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Decoder{MaxLength: c.limit}
			d.Feed(unhex(c.wire))
			var err error
			for ok := true; ok && err == nil; {
				_, ok, err = d.Next()
			}
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
			require.ErrorIs(t, err, ErrLength)
			d.Feed(unhex("0000000161"))
			_, _, again := d.Next()
			require.Equal(t, err, again)
			require.Equal(t, err, d.Finish())
		})
	}
	var d Decoder
	d.Feed(unhex("0000"))
	require.EqualError(t, d.Finish(), "lockdown: offset 0: message length: stream ended inside a message: 2, limit 4")
	d.Feed(unhex("0008 61"))
	require.EqualError(t, d.Finish(), "lockdown: offset 0: message length: stream ended inside a message: 5, limit 12")
}

// Where TLS begins, what was read beyond the message is of TLS.
func TestRest(t *testing.T) {
	var d Decoder
	d.Feed(unhex("00000001 61 160301"))
	_, ok, err := d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, unhex("160301"), d.Rest())
	require.Empty(t, d.Rest())
	d.Feed(unhex("00000001 62"))
	m, ok, err := d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "b", string(m))
}

// A stated length costs nothing before its bytes come, and a large message does
// not stay behind.
func TestDecoderMemory(t *testing.T) {
	var d Decoder
	d.Feed(unhex("00ffffff"))
	_, ok, err := d.Next()
	require.NoError(t, err)
	require.False(t, ok)
	require.Less(t, cap(d.buf), 1024)

	d = Decoder{}
	d.Feed(append(unhex("00010000"), make([]byte, 65536)...))
	_, ok, err = d.Next()
	require.NoError(t, err)
	require.True(t, ok)
	d.Feed(unhex("00000001 61"))
	require.Less(t, cap(d.buf), 1024)
	small := Decoder{}
	frame := append(unhex("00000400"), make([]byte, 1024)...)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		small.Feed(frame)
		if _, ok, _ := small.Next(); !ok {
			t.Fatal("no message")
		}
	}), "a steady stream of small messages")
}

func TestErrorCodes(t *testing.T) {
	for e, want := range map[Error]int{
		InvalidResponse: -10, MissingKey: -11, MissingValue: -12, GetProhibited: -13, SetProhibited: -14, RemoveProhibited: -15,
		ImmutableValue: -16, PasswordProtected: -17, UserDeniedPairing: -18, PairingDialogResponsePending: -19, MissingHostID: -20,
		InvalidHostID: -21, SessionActive: -22, SessionInactive: -23, MissingSessionID: -24, InvalidSessionID: -25, MissingService: -26,
		InvalidService: -27, ServiceLimit: -28, MissingPairRecord: -29, SavePairRecordFailed: -30, InvalidPairRecord: -31,
		InvalidActivationRecord: -32, MissingActivationRecord: -33, ServiceProhibited: -34, EscrowLocked: -35,
		PairingProhibitedOverThisConnection: -36, FMiPProtected: -37, MCProtected: -38, MCChallengeRequired: -39,
		InvalidRequest: UnknownCode, "Whatever": UnknownCode,
	} {
		assert.Equal(t, want, e.Code(), string(e))
	}
	assert.Len(t, ErrorStrings, 30)
	assert.EqualError(t, InvalidHostID, "lockdown: device says InvalidHostID")
}
