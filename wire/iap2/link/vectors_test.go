package link

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// vectors returns the byte vectors of this layer by name.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile("../testdata/iap2.json")
	require.NoError(t, err)
	var list []struct{ Name, Hex string }
	require.NoError(t, json.Unmarshal(raw, &list))
	out := map[string][]byte{}
	for _, v := range list {
		for _, prefix := range []string{"detect-", "link-", "lsp-"} {
			if strings.HasPrefix(v.Name, prefix) {
				b, err := hex.DecodeString(v.Hex)
				require.NoError(t, err, v.Name)
				out[v.Name] = b
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// decodeAll returns everything a decoder finds in one feed. Payloads are copied.
func decodeAll(d *Decoder, b []byte) (items []Item) {
	d.Feed(b)
	for it, ok := d.Next(); ok; it, ok = d.Next() {
		if it.Packet.Payload != nil {
			it.Packet.Payload = bytes.Clone(it.Packet.Payload)
		}
		items = append(items, it)
	}
	return items
}

// vectorSyns are the SYN payloads of the vectors, by name.
var vectorSyns = map[string]Syn{
	"lsp-wiomoc": {Version: 1, MaxOutstanding: 5, MaxLength: 4096, RetransmitTimeout: 1035 * time.Millisecond,
		AckTimeout: 23 * time.Millisecond, MaxRetransmissions: 3, MaxCumulativeAcks: 3,
		Sessions: []Session{{0x0a, SessionControl, 1}, {0x0b, SessionExternalAccessory, 1}}},
	"lsp-dji-goggles":     DJIGoggles().Syn,
	"lsp-carkit-zero-ack": CarkitZeroAck().Syn,
	"lsp-carthing-bt":     CarThing().Syn,
}

func synPayload(name string) []byte {
	s := vectorSyns[name]
	b, err := s.AppendTo(nil)
	if err != nil {
		panic(err)
	}
	return b
}

// vectorPackets are the whole packets among the vectors.
var vectorPackets = map[string]Packet{
	"link-ack-seed":            {ControlACK, 0xe5, 0xa7, 0, nil},
	"link-aa00-seed-corrected": {ControlACK, 0xa7, 0xe5, 1, []byte{0x40, 0x40, 0, 6, 0xaa, 0}},
	"link-bare-ack-zero":       {ControlACK, 0, 0, 0, nil},
	"link-syn-wiomoc-combined": {ControlSYN, 0x2b, 0, 0, synPayload("lsp-wiomoc")},
	"link-syn-dji-goggles":     {ControlSYN, 0, 0, 0, synPayload("lsp-dji-goggles")},
	"link-syn-carkit":          {ControlSYN, 99, 0, 0, synPayload("lsp-carkit-zero-ack")},
	"link-synack-carkit":       {ControlSYN | ControlACK, 101, 99, 0, synPayload("lsp-carkit-zero-ack")},
	"link-ack-carkit":          {ControlACK, 99, 101, 0, nil},
	"link-rst":                 {ControlRST, 99, 0, 0, nil},
	"link-eak":                 {ControlEAK | ControlACK, 10, 5, 0, []byte{6, 7}},
}

// vectorHeaders are headers alone, with the size of the payload that follows.
var vectorHeaders = map[string]struct {
	packet  Packet
	payload int
}{
	"link-aa01-header-seed-corrected": {Packet{Control: ControlACK, Seq: 0xe6, Ack: 0xa7, Session: 1}, 619},
	"link-syn-header-wiomoc":          {Packet{Control: ControlSYN, Seq: 0x2b}, 16},
}

// vectorBad are refused, for this reason.
var vectorBad = map[string]FrameError{
	"link-aa00-seed-as-printed-BAD":        {Field: FieldPayloadChecksum, Value: 0x0d, Want: 0xd0, Skipped: 16},
	"link-aa01-header-seed-as-printed-BAD": {Field: FieldHeaderChecksum, Value: 0x62, Want: 0xc9, Skipped: 1},
}

func TestVectors(t *testing.T) {
	for name, raw := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			if want, ok := vectorPackets[name]; ok {
				testPacketVector(t, raw, want)
			} else if want, ok := vectorHeaders[name]; ok {
				testHeaderVector(t, raw, want.packet, want.payload)
			} else if want, ok := vectorBad[name]; ok {
				items := decodeAll(new(Decoder), raw)
				require.NotEmpty(t, items)
				require.Equal(t, Item{Kind: ItemError, Err: want}, items[0])
				require.Len(t, items, 1, "nothing comes out of a bad packet")
			} else if want, ok := vectorSyns[name]; ok {
				got, err := DecodeSyn(raw)
				require.NoError(t, err)
				require.Equal(t, want, got)
				require.NoError(t, got.Validate())
				b, err := got.AppendTo([]byte{0xee})
				require.NoError(t, err)
				require.Equal(t, raw, b[1:])
			} else {
				testMarkerVector(t, name, raw)
			}
		})
	}
}

func testPacketVector(t *testing.T, raw []byte, want Packet) {
	b, err := want.AppendTo([]byte{0xee})
	require.NoError(t, err)
	require.Equal(t, append([]byte{0xee}, raw...), b)
	require.Equal(t, len(raw), want.Len())
	require.Equal(t, []Item{{Kind: ItemPacket, Packet: want}}, decodeAll(new(Decoder), raw))
}

func testHeaderVector(t *testing.T, raw []byte, want Packet, payload int) {
	want.Payload = bytes.Repeat([]byte{0x5a}, payload)
	b, err := want.AppendTo(nil)
	require.NoError(t, err)
	require.Equal(t, raw, b[:HeaderLen])
	var d Decoder
	require.Empty(t, decodeAll(&d, raw), "waits for the payload")
	require.Equal(t, []Item{{Kind: ItemPacket, Packet: want}}, decodeAll(&d, b[HeaderLen:]))
}

func testMarkerVector(t *testing.T, name string, raw []byte) {
	switch name {
	case "detect-marker":
		require.Equal(t, raw, AppendMarker(nil))
		require.Equal(t, []Item{{Kind: ItemMarker}}, decodeAll(new(Decoder), raw))
	case "detect-negative":
		require.Equal(t, raw, AppendNegative(nil))
		require.Equal(t, []Item{{Kind: ItemNegative}}, decodeAll(new(Decoder), raw))
	default:
		t.Fatalf("no test for vector %s", name)
	}
}
