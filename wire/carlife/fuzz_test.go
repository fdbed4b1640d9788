package carlife

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// FuzzMuxDecoder: whole or cut, the same messages and the same error; what was
// decoded encodes to what was read.
func FuzzMuxDecoder(f *testing.F) {
	for _, m := range allVectors() {
		b, _ := m.AppendMux(nil)
		f.Add(b, uint8(3))
	}
	f.Add([]byte{0, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF}, uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		whole := NewMuxDecoder(DefaultLimits(ProfileHUApp))
		cut := NewMuxDecoder(DefaultLimits(ProfileHUApp))
		compareDecoders(t, whole, cut, b, int(step)+1, Message.AppendMux)
	})
}

// FuzzChannelDecoder is the same without mux heads.
func FuzzChannelDecoder(f *testing.F) {
	for _, m := range allVectors() {
		b, _ := m.AppendTo(nil)
		f.Add(b, uint8(m.Channel), uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, ch, step uint8) {
		c := Channels[int(ch)%len(Channels)]
		compareDecoders(t, NewChannelDecoder(c, DefaultLimits(ProfileCppLib)), NewChannelDecoder(c, DefaultLimits(ProfileCppLib)), b, int(step)+1, Message.AppendTo)
	})
}

func compareDecoders(t *testing.T, whole, cut feeder, b []byte, step int, enc func(Message, []byte) ([]byte, error)) {
	whole.Feed(b)
	want, wantErr := drain(whole)
	var got []Message
	var gotErr error
	for rest := b; len(rest) > 0 && gotErr == nil; rest = rest[min(step, len(rest)):] {
		cut.Feed(rest[:min(step, len(rest))])
		var ms []Message
		ms, gotErr = drain(cut)
		got = append(got, ms...)
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages cut, %d whole", len(got), len(want))
	}
	if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
		t.Fatalf("cut %v, whole %v", gotErr, wantErr)
	}
	var back []byte
	for i, m := range want {
		if got[i].ID != m.ID || !bytes.Equal(got[i].Payload, m.Payload) {
			t.Fatalf("message %d differs", i)
		}
		var err error
		if back, err = enc(m, back); err != nil {
			t.Fatal(err)
		}
		if s := Sprint(m, ProfileHUApp); strings.Contains(s, "\n") {
			t.Fatalf("%q", s)
		}
	}
	if !bytes.HasPrefix(b, back) || int64(len(back)) != whole.Offset() {
		t.Fatalf("encodes to %x, offset %d", back, whole.Offset())
	}
	_ = whole.Finish()
}

// FuzzDecode: what decodes encodes again to something of the same meaning.
func FuzzDecode(f *testing.F) {
	for _, v := range messageVectors {
		f.Add(uint32(v.m.ID), v.m.Payload, false)
	}
	f.Add(uint32(MsgCarDataSubscribeStart), []byte{8, 1, 18, 2, 8, 0}, true)
	f.Fuzz(func(t *testing.T, id uint32, payload []byte, lib bool) {
		p := ProfileHUApp
		if lib {
			p = ProfileCppLib
		}
		m := Message{ID: ID(id), Payload: payload}
		_ = Sprint(m, p)
		_, _ = GuessProfile(payload)
		body, err := Decode(m, p)
		if err != nil || body == nil {
			return
		}
		again, err := NewMessage(m.ID, body)
		if err != nil {
			t.Fatal(err)
		}
		if Sprint(Message{ID: m.ID, Payload: again.Payload}, p) != Sprint(Message{ID: m.ID, Payload: payload}, p) {
			t.Fatalf("%x became %x", payload, again.Payload)
		}
	})
}

// FuzzCipherOpen: never a panic; what opens was sealed.
func FuzzCipherOpen(f *testing.F) {
	var c Cipher
	if err := c.Enable([]byte(StaleKeyText)); err != nil {
		f.Fatal(err)
	}
	f.Add(c.Seal(nil, []byte("hello CarLife")))
	f.Add(c.Seal(nil, make([]byte, 64)))
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := c.Open(nil, b)
		if err != nil {
			return
		}
		if len(plain) > 0 && !bytes.Equal(c.Seal(nil, plain), b) {
			t.Fatalf("%x opens to %x", b, plain)
		}
	})
}

// FuzzParsePublicKeyText: never a panic, and what parses can be used at once.
func FuzzParsePublicKeyText(f *testing.F) {
	text, _ := PublicKeyText(&TestKey().PublicKey)
	f.Add(text)
	f.Add(text[:100])
	f.Add(base64.StdEncoding.EncodeToString([]byte{0x30, 0x80}))
	f.Fuzz(func(t *testing.T, s string) {
		pub, err := ParsePublicKeyText(s)
		if err != nil || pub.E > 1<<20 {
			return
		}
		_, _ = WrapKey(&zeros{n: 2}, pub, []byte(StaleKeyText))
	})
}

// FuzzUnwrapKey: never a panic.
func FuzzUnwrapKey(f *testing.F) {
	good, _ := WrapKey(&zeros{n: 2}, &TestKey().PublicKey, []byte(StaleKeyText))
	f.Add(good)
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, s string) { _, _ = UnwrapKey(TestKey(), s) })
}

// FuzzClassifyVideo: never a panic, and nothing decodable without a start code.
func FuzzClassifyVideo(f *testing.F) {
	s, _ := NewVideoSource(VideoOptions{FrameSize: 64, KeySize: 128})
	f.Add(bytes.Clone(s.Next()))
	f.Add(bytes.Clone(s.Next()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if ClassifyVideo(b) != VideoOther && !bytes.HasPrefix(b, []byte{0, 0, 0, 1}) {
			t.Fatalf("%x", b)
		}
	})
}

// script turns fuzz bytes into messages with times: a mux stream, in which the
// reserved field or timestamp says how long to wait.
func script(b []byte, f func(time.Duration, Message)) {
	d := NewMuxDecoder(Limits{})
	d.Feed(b)
	now := time.Duration(0)
	for range 200 {
		m, ok, err := d.Next()
		if !ok || err != nil {
			return
		}
		now += time.Duration(m.Reserved)*time.Millisecond + time.Duration(m.Timestamp)*time.Millisecond
		f(now, m)
	}
}

// recorded are two good sessions from the view of each end.
func recorded(f *testing.F, toPhone bool) (scripts [][]byte) {
	for _, enc := range []bool{false, true} {
		b := newPair(f, PhoneOptions{}, VehicleOptions{Encryption: enc}).connect()
		for _, m := range allVectors() {
			_ = b.p.SendRaw(b.now, m)
		}
		b.pump()
		d := NewMuxDecoder(Limits{})
		d.Feed(b.wire)
		ms, err := drain(d)
		if err != nil {
			f.Fatal(err)
		}
		var s []byte
		for _, m := range ms {
			if mi, ok := Lookup(m.ID); ok && (mi.From == FromHU) == toPhone {
				s, _ = m.AppendMux(s)
			}
		}
		scripts = append(scripts, s)
	}
	return scripts
}

// FuzzPhoneFeed: no input makes a phone panic, talk after its end, or make a
// message that cannot be encoded.
func FuzzPhoneFeed(f *testing.F) {
	for _, s := range recorded(f, true) {
		f.Add(s, uint32(0))
		f.Add(s, uint32(FaultNoInitDone|FaultClearBody))
	}
	f.Fuzz(func(t *testing.T, b []byte, faults uint32) {
		p, err := NewPhone(PhoneOptions{Faults: Fault(faults), Profile: Profile(faults >> 31)})
		if err != nil {
			t.Fatal(err)
		}
		p.Start(0)
		script(b, func(now time.Duration, m Message) {
			p.Tick(now)
			p.Feed(now, m)
			_ = p.SendFrame(now, m.Payload)
			for p.Poll() != nil {
				continue
			}
			outputs(t, p.NextOutput)
		})
	})
}

// FuzzVehicleFeed is the same for a head unit.
func FuzzVehicleFeed(f *testing.F) {
	for i, s := range recorded(f, false) {
		f.Add(s, uint32(0), i == 1)
		f.Add(s, uint32(FaultEarlyInit|FaultStaleKey), i == 1)
	}
	f.Fuzz(func(t *testing.T, b []byte, faults uint32, enc bool) {
		v, err := NewVehicle(VehicleOptions{Faults: Fault(faults), Encryption: enc, Touch: TouchMode(faults >> 31)})
		if err != nil {
			t.Fatal(err)
		}
		v.Start(0)
		script(b, func(now time.Duration, m Message) {
			v.Tick(now)
			v.Feed(now, m)
			_ = v.Touch(now, Motion(m.Timestamp%7), int(m.Reserved), len(m.Payload))
			for v.Poll() != nil {
				continue
			}
			outputs(t, v.NextOutput)
		})
	})
}

func outputs(t *testing.T, next func() (Output, bool)) {
	for o, ok := next(); ok; o, ok = next() {
		if _, err := o.AppendMux(nil); err != nil {
			t.Fatal(err)
		}
	}
}
