package gadget

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// Events as the kernel writes them: struct usb_functionfs_event.
var (
	bytesBind   = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	bytesEnable = []byte{0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}
	bytesSetup  = []byte{0xC0, 0x51, 0x34, 0x12, 0x02, 0x00, 0x40, 0x00, 4, 0, 0, 0}
	setup       = usb.Setup{RequestType: 0xC0, Request: 0x51, Value: 0x1234, Index: 2, Length: 64}
)

func join(list ...[]byte) []byte {
	var b []byte
	for _, l := range list {
		b = append(b, l...)
	}
	return b
}

func TestDecodeEvents(t *testing.T) {
	kind := func(k byte) []byte { return []byte{1, 2, 3, 4, 5, 6, 7, 8, k, 9, 9, 9} }
	for name, c := range map[string]struct {
		b    []byte
		want []event
		err  string
	}{
		"none":        {nil, nil, ""},
		"two":         {join(bytesBind, bytesEnable), []event{{kind: eventBind}, {kind: eventEnable}}, ""},
		"a request":   {bytesSetup, []event{{eventSetup, setup}}, ""},
		"all":         {join(kind(0), kind(1), kind(2), kind(3), kind(5), kind(6)), []event{{kind: 0}, {kind: 1}, {kind: 2}, {kind: 3}, {kind: 5}, {kind: 6}}, ""},
		"of a future": {join(bytesEnable, kind(7), kind(255), bytesBind), []event{{kind: eventEnable}, {kind: eventBind}}, ""},
		"cut":         {join(bytesEnable, bytesSetup[:11]), []event{{kind: eventEnable}}, "gadget: ep0 gave 23 bytes; an event has 12, and the one at offset 12 has 11"},
		"one byte":    {[]byte{1}, nil, "gadget: ep0 gave 1 bytes; an event has 12, and the one at offset 0 has 1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeEvents(nil, c.b)
			require.Equal(t, c.want, got)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.err)
			}
		})
	}
}

func TestEventNames(t *testing.T) {
	assert.Equal(t, "BIND", eventBind.String())
	assert.Equal(t, "RESUME", eventResume.String())
	assert.Equal(t, "event 7", eventKind(7).String())
}

func FuzzDecodeEvents(f *testing.F) {
	f.Add(join(bytesBind, bytesEnable, bytesSetup))
	f.Add(bytesSetup[:7])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := decodeEvents(nil, b)
		require.LessOrEqual(t, len(list), len(b)/eventSize)
		require.Equal(t, len(b)%eventSize != 0, err != nil)
		for _, e := range list {
			require.LessOrEqual(t, e.kind, eventResume)
			if e.kind != eventSetup {
				require.Zero(t, e.setup)
			}
		}
	})
}
