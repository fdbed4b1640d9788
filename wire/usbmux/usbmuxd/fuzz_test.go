package usbmuxd

import (
	"bytes"
	"reflect"
	"testing"
)

func addSeeds(f *testing.F, more ...any) {
	add := func(b []byte) { f.Add(append([]any{b}, more...)...) }
	for _, v := range binaryRequests {
		add(unhex(v.wire))
	}
	for _, v := range binaryReplies {
		add(unhex(v.wire))
	}
	add(Message{Version: Plist, Type: TypePlist, Payload: []byte(libusbmuxdConnect)}.AppendTo(nil))
	for _, r := range []Reply{
		{Kind: KindDevices, Devices: []Device{phone, {Connection: Network}}}, {Kind: KindListeners, Listeners: []Listener{{}}},
		{Kind: KindBUID, BUID: "B"}, {Kind: KindPairRecord, PairRecord: []byte{1}}, {Kind: KindPaired},
	} {
		r.Version = Plist
		b, err := r.AppendTo(nil)
		if err != nil {
			f.Fatal(err)
		}
		add(b)
	}
	add(unhex("ffffffff"))
}

// FuzzDecoder: whole or cut, the same messages; what was decoded encodes to what
// was read; and what they mean can be written and read again.
func FuzzDecoder(f *testing.F) {
	addSeeds(f, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		var whole, cut Decoder
		whole.Feed(b)
		want, wantErr := drain(&whole)
		var got []Message
		var gotErr error
		for rest := b; len(rest) > 0 && gotErr == nil; {
			n := min(int(step)+1, len(rest))
			cut.Feed(rest[:n])
			rest = rest[n:]
			var ms []Message
			ms, gotErr = drain(&cut)
			got = append(got, ms...)
		}
		if len(got) != len(want) || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("cut: %d messages, %v; whole: %d, %v", len(got), gotErr, len(want), wantErr)
		}
		var back []byte
		for i, m := range want {
			if got[i].Tag != m.Tag || !bytes.Equal(got[i].Payload, m.Payload) {
				t.Fatalf("message %d differs", i)
			}
			back = m.AppendTo(back)
			meaning(t, m)
		}
		if !bytes.HasPrefix(b, back) {
			t.Fatalf("%x became %x", b, back)
		}
	})
}

func drain(d *Decoder) (out []Message, err error) {
	for {
		m, ok, err := d.Next()
		if !ok || err != nil {
			return out, err
		}
		m.Payload = bytes.Clone(m.Payload)
		out = append(out, m)
	}
}

func meaning(t *testing.T, m Message) {
	if r, err := ParseRequest(m); err == nil {
		b, err := r.AppendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRequest(decodeOne(t, b))
		again.HasDeviceID, again.HasPort = r.HasDeviceID, r.HasPort
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("%+v became %+v, %v", r, again, err)
		}
	}
	if r, err := ParseReply(m); err == nil {
		b, err := r.AppendTo(nil)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseReply(decodeOne(t, b)); err != nil || again.Kind != r.Kind || again.Result != r.Result || len(again.Devices) != len(r.Devices) {
			t.Fatalf("%+v became %+v, %v", r, again, err)
		}
	}
}

// FuzzServer: whatever a client sends, the daemon's end answers with whole
// messages, keeps little, and does not hang.
func FuzzServer(f *testing.F) {
	addSeeds(f, uint8(0))
	addSeeds(f, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, result uint8) {
		s := NewServer(ServerConfig{MaxQueue: 10000})
		for rest := b; len(rest) > 0; {
			n := min(1000, len(rest))
			s.Feed(rest[:n])
			rest = rest[n:]
			for r, ok := s.Poll(); ok; r, ok = s.Poll() {
				var err error
				switch r.Command {
				case Listen:
					err = s.Listening([]Device{phone})
				case ListDevices:
					err = s.Devices([]Device{phone})
				default:
					err = s.Result(Result(result))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			s.Attached(phone)
			output(s)
			if s.State() == StateRaw {
				s.Rest()
			}
			if n := len(s.dec.buf); n > 3*MaxRequest {
				t.Fatalf("keeps %d bytes", n)
			}
		}
	})
}
