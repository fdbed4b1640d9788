package filetransfer

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vector gives the bytes of one of the shared test vectors.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(text, &list))
	for _, v := range list {
		if v.Name == name {
			b, err := hex.DecodeString(v.Hex)
			require.NoError(t, err)
			return b
		}
	}
	t.Fatalf("no vector %q", name)
	return nil
}

func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name string
		want Datagram
		text string
	}{
		{"file-transfer-setup-10", Datagram{ID: 0x81, Code: CodeSetup, Data: []byte{0, 0, 0, 0, 0, 1, 0x84, 0xEB, 0, 2}}, "transfer 129 setup: 99563 bytes, type 2"},
		{"file-transfer-start", Datagram{ID: 0x81, Code: CodeStart, Data: []byte{}}, "transfer 129 start"},
		{"file-transfer-success", Datagram{ID: 0x81, Code: CodeSuccess, Data: []byte{}}, "transfer 129 success"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wire := vector(t, c.name)
			d, err := Parse(wire)
			require.NoError(t, err)
			assert.Equal(t, c.want, d)
			assert.Equal(t, wire, d.AppendTo(nil))
			assert.Equal(t, c.text, d.String())
		})
	}
	d, err := Parse(vector(t, "file-transfer-setup-10"))
	require.NoError(t, err)
	s, err := d.Setup()
	require.NoError(t, err)
	assert.Equal(t, Setup{Size: 99563, Type: TypeArtwork}, s)
	assert.Equal(t, vector(t, "file-transfer-setup-10"), s.AppendTo(nil, 0x81))
}

func TestBothFormsOfSetup(t *testing.T) {
	for wire, want := range map[string]Setup{
		"0104" + "0000000000000005" + "0002":        {Size: 5, Type: 2},
		"0104" + "0000000000000005" + "00" + "0002": {Size: 5, Type: 2, Older: true},
		"0104" + "ffffffffffffffff" + "7f" + "1234": {Size: 1<<64 - 1, Type: 0x1234, Older: true, Reserved: 0x7F},
	} {
		b, err := hex.DecodeString(wire)
		require.NoError(t, err)
		d, err := Parse(b)
		require.NoError(t, err)
		s, err := d.Setup()
		require.NoError(t, err)
		assert.Equal(t, want, s)
		assert.Equal(t, b, s.AppendTo(nil, 1))
	}
}

func TestSetupOfAnotherSize(t *testing.T) {
	for _, n := range []int{0, 9, 12, 100} {
		d := Datagram{ID: 3, Code: CodeSetup, Data: make([]byte, n)}
		_, err := d.Setup()
		var at *Error
		require.ErrorAs(t, err, &at)
		assert.Equal(t, &Error{ID: 3, Code: CodeSetup, Offset: 2, Field: "setup size", Value: uint64(n), Err: ErrSetupSize}, at)
	}
	_, err := Datagram{ID: 3, Code: CodeSetup}.Setup()
	assert.EqualError(t, err, "filetransfer: transfer 3, setup, offset 2: setup size = 0: setup has neither 10 nor 11 bytes")
}

func TestShortDatagrams(t *testing.T) {
	for n := range HeaderLen {
		_, err := Parse(make([]byte, n))
		require.ErrorIs(t, err, ErrShort)
	}
}

func TestStrings(t *testing.T) {
	for want, d := range map[string]Datagram{
		"transfer 1 first data: 3 bytes": {ID: 1, Code: CodeFirst, Data: []byte("abc")},
		"transfer 1 data: 0 bytes":       {ID: 1, Code: CodeData},
		"transfer 1 last data: 1 bytes":  {ID: 1, Code: CodeLast, Data: []byte("a")},
		"transfer 1 only data: 1 bytes":  {ID: 1, Code: CodeOnly, Data: []byte("a")},
		"transfer 1 cancel":              {ID: 1, Code: CodeCancel},
		"transfer 1 pause":               {ID: 1, Code: CodePause},
		"transfer 1 failure: 1 bytes":    {ID: 1, Code: CodeFailure, Data: []byte("a")},
		"transfer 1 setup: 2 bytes":      {ID: 1, Code: CodeSetup, Data: []byte("ab")},
		"transfer 1 code 77":             {ID: 1, Code: 0x77},
	} {
		assert.Equal(t, want, d.String())
	}
	assert.Equal(t, "state 99", State(99).String())
	assert.Equal(t, "confirming", Confirming.String())
}

func TestMaxData(t *testing.T) {
	for peer, want := range map[int]int{65535: 65523, 64: 52, 13: 1, 12: 0, 0: 0} {
		assert.Equal(t, want, MaxData(peer))
	}
}
