package ea

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

func TestDatagrams(t *testing.T) {
	for _, c := range []struct {
		wire string
		want Datagram
	}{
		{"0001", Datagram{Session: 1, Data: []byte{}}},
		{"1234ff", Datagram{Session: 0x1234, Data: []byte{0xFF}}},
		{"ffff0000", Datagram{Session: 0xFFFF, Data: []byte{0, 0}}},
	} {
		b, err := hex.DecodeString(c.wire)
		require.NoError(t, err)
		d, err := Parse(b)
		require.NoError(t, err)
		assert.Equal(t, c.want, d)
		assert.Equal(t, c.wire, hex.EncodeToString(d.AppendTo(nil)))
	}
}

func TestShortDatagrams(t *testing.T) {
	_, err := Parse(nil)
	require.ErrorIs(t, err, ErrShort)
	_, err = Parse([]byte{7})
	require.ErrorIs(t, err, ErrShort)
	assert.EqualError(t, err, "ea: offset 0: session id has 1 of 2 bytes: datagram shorter than its session id")
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	assert.Equal(t, "before\x00\x07data", string(Datagram{Session: 7, Data: []byte("data")}.AppendTo([]byte("before"))))
}

func TestMaxData(t *testing.T) {
	for peer, want := range map[int]int{65535: 65523, 2048: 2036, 1024: 1012, 64: 52, 13: 1, 12: 0, 11: 0, 0: 0, -5: 0} {
		assert.Equal(t, want, MaxData(peer), "peer takes %d bytes", peer)
	}
}

func TestSplit(t *testing.T) {
	pieces := func(data string, size int) (list []string) {
		for piece := range Split([]byte(data), size) {
			list = append(list, string(piece))
		}
		return list
	}
	assert.Equal(t, []string{"abc", "def", "g"}, pieces("abcdefg", 3))
	assert.Equal(t, []string{"abc", "def"}, pieces("abcdef", 3))
	assert.Equal(t, []string{"abc"}, pieces("abc", 1000))
	assert.Empty(t, pieces("", 3))
	assert.Empty(t, pieces("abc", 0))
	assert.Empty(t, pieces("abc", -1))
	for piece := range Split([]byte("abc"), 1) {
		assert.Equal(t, "a", string(piece))
		break
	}
}

// Whatever is split arrives whole, in datagrams that fit the peer's packets.
func TestSplitAndJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		peer := rapid.IntRange(13, 200).Draw(t, "peer's longest packet")
		session := rapid.Uint16().Draw(t, "session")
		var joined []byte
		for piece := range Split(data, MaxData(peer)) {
			wire := Datagram{Session: session, Data: piece}.AppendTo(nil)
			require.LessOrEqual(t, len(wire)+10, peer)
			d, err := Parse(wire)
			require.NoError(t, err)
			require.Equal(t, session, d.Session)
			joined = append(joined, d.Data...)
		}
		require.True(t, bytes.Equal(data, joined))
	})
}

// The EA00 vectors name the session that the datagrams then carry.
func TestSessionFromEA00(t *testing.T) {
	text, err := os.ReadFile("../testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(text, &list))
	found := 0
	for _, v := range list {
		want, ok := map[string]Session{
			"ea00-basic": {ID: 1, Protocol: 0},
			"livi-StartExternalAccessoryProtocolSession": {ID: 0x1234, Protocol: 1},
		}[v.Name]
		if !ok {
			continue
		}
		found++
		wire, err := hex.DecodeString(v.Hex)
		require.NoError(t, err)
		m, err := control.Parse(wire)
		require.NoError(t, err)
		protocol, err := m.Params.Find(0).Uint8()
		require.NoError(t, err)
		id, err := m.Params.Find(1).Uint16()
		require.NoError(t, err)

		var table Table
		require.NoError(t, table.Open(id, protocol))
		assert.Equal(t, []Session{want}, slices.Collect(table.All()))
		d, err := table.Receive([]byte{byte(want.ID >> 8), byte(want.ID), 'x'})
		require.NoError(t, err)
		assert.Equal(t, "x", string(d.Data))
	}
	assert.Equal(t, 2, found)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0, 1, 'h', 'i'})
	f.Add([]byte{0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			if len(b) >= HeaderLen {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(d.AppendTo(nil), b) {
			t.Fatal("not written as it was read")
		}
	})
}

func TestNoAllocations(t *testing.T) {
	var table Table
	require.NoError(t, table.Open(7, 1))
	data := make([]byte, 1000)
	buf := make([]byte, 0, 2000)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		for piece := range Split(data, 400) {
			wire, err := table.AppendSend(buf[:0], 7, piece)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := table.Receive(wire); err != nil {
				t.Fatal(err)
			}
		}
	}))
}

func BenchmarkTable(b *testing.B) {
	var table Table
	require.NoError(b, table.Open(7, 1))
	data := make([]byte, MaxData(65535))
	buf := make([]byte, 0, 65535)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		wire, err := table.AppendSend(buf, 7, data)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := table.Receive(wire); err != nil {
			b.Fatal(err)
		}
	}
}
