package usbmuxd_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// message frames the body of a version 1 request.
func message(body string) usbmuxd.Message {
	return usbmuxd.Message{Header: usbmuxd.Header{Version: usbmuxd.Plist, Kind: usbmuxd.KindPlist, Tag: 3}, Payload: []byte(body)}
}

// A payload that is no XML list is an error of its own, as daemons do not answer
// it. Binary lists are none, though they are property lists.
func TestPayloadsThatAreNoXML(t *testing.T) {
	binary, err := plist.AppendBinary(nil, map[string]any{"MessageType": "ListDevices"})
	require.NoError(t, err)
	for name, body := range map[string]string{
		"binary": string(binary), "nothing": "", "text": "hello", "cut short": `<plist version="1.0"><dict><key>Mess`,
		"no dictionary": `<plist version="1.0"><array/></plist>`,
		"too deep":      `<plist version="1.0">` + strings.Repeat("<array>", 100) + strings.Repeat("</array>", 100) + `</plist>`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := usbmuxd.ParseRequest(message(body))
			require.ErrorIs(t, err, usbmuxd.ErrPayload)
			var me *usbmuxd.MessageError
			require.ErrorAs(t, err, &me)
			require.Equal(t, uint32(3), me.Header.Tag)
		})
	}
}

// A field of the wrong type is told with the command that it belongs to, for which
// the answer depends on it.
func TestFieldsOfTheWrongType(t *testing.T) {
	for field, command := range map[string]usbmuxd.Command{
		"<key>PairRecordID</key><integer>5</integer>":       usbmuxd.ReadPairRecord,
		"<key>PairRecordData</key><string>text</string>":    usbmuxd.SavePairRecord,
		"<key>PortNumber</key><string>32498</string>":       usbmuxd.Connect,
		"<key>DeviceID</key><integer>99999999999</integer>": usbmuxd.Connect,
	} {
		r, err := usbmuxd.ParseRequest(message(`<plist version="1.0"><dict><key>MessageType</key><string>` + string(command) + `</string>` + field + `</dict></plist>`))
		require.Error(t, err, field)
		require.NotErrorIs(t, err, usbmuxd.ErrPayload, field)
		require.Equal(t, command, r.Command)
	}
}

// An unknown command, or none, is no error: the daemon says so.
func TestUnknownCommands(t *testing.T) {
	r, err := usbmuxd.ParseRequest(message(`<plist version="1.0"><dict><key>MessageType</key><string>Dance</string></dict></plist>`))
	require.NoError(t, err)
	require.Equal(t, usbmuxd.Command("Dance"), r.Command)
	r, err = usbmuxd.ParseRequest(message(`<plist version="1.0"><dict/></plist>`))
	require.NoError(t, err)
	require.Empty(t, r.Command)
	require.False(t, r.HasDevice)
	require.False(t, r.HasPort)
}
