package usbmuxd_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/plugfest/plugfest/wire/plist/plisttest"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// drain takes all messages out of a decoder.
func drain(d *usbmuxd.Decoder) (all []usbmuxd.Message, err error) {
	for {
		m, ok, err := d.Next()
		if !ok || err != nil {
			return all, err
		}
		m.Payload = slices.Clone(m.Payload)
		all = append(all, m)
	}
}

// FuzzParse: whole or cut, the same messages; what is read can be written, and means
// the same when it is read again.
func FuzzParse(f *testing.F) {
	for _, q := range []usbmuxd.Request{
		{Command: usbmuxd.Listen, Tag: 1},
		{Version: 1, Tag: 1, Command: usbmuxd.Connect, DeviceID: 1, HasDevice: true, Port: 22, HasPort: true},
		{Command: usbmuxd.Connect, DeviceID: 3, HasDevice: true, Port: 62078, HasPort: true},
		{Version: 1, Tag: 9, Command: usbmuxd.SavePairRecord, RecordID: "x", RecordData: []byte("y"), DeviceID: 1, HasDevice: true},
		{Version: 1, Tag: 2, Command: "Dance", Client: usbmuxd.Client{ProgName: "p", BundleID: "b", Version: "v"}},
	} {
		b, err := q.AppendTo(nil)
		if err == nil {
			f.Add(b, uint8(3))
		}
	}
	d := usbmuxd.Device{ID: 1, ProductID: 0x12A8, Serial: "s", Location: 7, Speed: 480_000_000}
	for _, v := range []uint32{usbmuxd.Binary, usbmuxd.Plist} {
		b, _ := usbmuxd.AppendAttached(nil, v, d)
		b, _ = usbmuxd.AppendDetached(b, v, 1)
		b, _ = usbmuxd.AppendResult(b, usbmuxd.Request{Version: v}, usbmuxd.ConnRefused)
		f.Add(b, uint8(100))
	}
	b, _ := usbmuxd.AppendDevices(nil, usbmuxd.Request{Version: 1}, []usbmuxd.Device{d, d})
	f.Add(b, uint8(15))
	for _, bomb := range plisttest.Bombs() {
		if doc := bomb.Doc(); len(doc) < 4<<10 {
			f.Add(append([]byte{byte(16 + len(doc)), byte((16 + len(doc)) >> 8), 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0}, doc...), uint8(255))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		var whole, cut usbmuxd.Decoder
		whole.Feed(data)
		want, wantErr := drain(&whole)
		var got []usbmuxd.Message
		var gotErr error
		for rest := data; len(rest) > 0 && gotErr == nil; {
			n := min(int(step)+1, len(rest))
			cut.Feed(rest[:n])
			rest = rest[n:]
			var more []usbmuxd.Message
			more, gotErr = drain(&cut)
			got = append(got, more...)
		}
		if len(got) != len(want) || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("cut: %d messages, %v; whole: %d, %v", len(got), gotErr, len(want), wantErr)
		}
		if wantErr == nil {
			if whole.Pending() != len(whole.Rest()) || whole.Pending() != 0 {
				t.Fatal("Rest takes what is pending")
			}
		}
		for i, m := range want {
			if m.Header != got[i].Header || !bytes.Equal(m.Payload, got[i].Payload) {
				t.Fatalf("message %d differs", i)
			}
			_, _ = usbmuxd.ParseReply(m)
			r, err := usbmuxd.ParseRequest(m)
			if err != nil {
				continue
			}
			b, err := r.AppendTo(nil)
			if err != nil {
				if r.Version == usbmuxd.Binary {
					t.Fatalf("%+v was read and cannot be written: %v", r, err)
				}
				continue // a text that XML does not have
			}
			var d usbmuxd.Decoder
			d.Feed(b)
			again, ok, err := d.Next()
			if !ok || err != nil {
				continue // longer than it was, and too long
			}
			back, err := usbmuxd.ParseRequest(again)
			if err != nil || back.Command != r.Command || back.DeviceID != r.DeviceID || back.Port != r.Port || back.RecordID != r.RecordID ||
				!bytes.Equal(back.RecordData, r.RecordData) {
				t.Fatalf("%+v became %+v, %v", r, back, err)
			}
		}
	})
}
