package carlife

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// feeder is what both decoders are.
type feeder interface {
	Feed([]byte)
	Next() (Message, bool, error)
	Finish() error
	Offset() int64
	Buffered() int
}

// drain takes every whole message out, with payloads copied.
func drain(d feeder) (ms []Message, err error) {
	for {
		m, ok, err := d.Next()
		if err != nil || !ok {
			return ms, err
		}
		m.Payload = bytes.Clone(m.Payload)
		if len(m.Payload) == 0 {
			m.Payload = nil
		}
		ms = append(ms, m)
	}
}

func allVectors() []Message {
	var ms []Message
	for _, v := range messageVectors {
		ms = append(ms, v.m)
	}
	return ms
}

func muxBytes(t testing.TB, ms ...Message) (b []byte) {
	t.Helper()
	for _, m := range ms {
		var err error
		b, err = m.AppendMux(b)
		require.NoError(t, err)
	}
	return b
}

func TestMuxDecoderWholeAndByteByByte(t *testing.T) {
	want := allVectors()
	stream := muxBytes(t, want...)
	for _, size := range []int{1, 2, 3, 7, 8, 9, 4096} {
		d := NewMuxDecoder(DefaultLimits(ProfileHUApp))
		var got []Message
		for b := stream; len(b) > 0; b = b[min(size, len(b)):] {
			d.Feed(b[:min(size, len(b))])
			d.Feed(nil) // a read of nothing is not the end
			ms, err := drain(d)
			require.NoError(t, err)
			got = append(got, ms...)
		}
		assert.Equal(t, want, got, "pieces of %d", size)
		assert.NoError(t, d.Finish())
		assert.Equal(t, int64(len(stream)), d.Offset())
		assert.Zero(t, d.Buffered())
	}
}

func TestChannelDecoder(t *testing.T) {
	for _, ch := range Channels {
		var want []Message
		var stream []byte
		for _, m := range allVectors() {
			if m.Channel != ch {
				continue
			}
			want = append(want, m)
			stream, _ = m.AppendTo(stream)
		}
		for _, size := range []int{1, 5, 4096} {
			d := NewChannelDecoder(ch, DefaultLimits(ProfileHUApp))
			var got []Message
			for b := stream; len(b) > 0; b = b[min(size, len(b)):] {
				d.Feed(b[:min(size, len(b))])
				ms, err := drain(d)
				require.NoError(t, err)
				got = append(got, ms...)
			}
			assert.Equal(t, want, got, "%s in pieces of %d", ch, size)
			assert.NoError(t, d.Finish())
		}
	}
}

func TestChannelDecoderOfNoChannel(t *testing.T) {
	d := NewChannelDecoder(9, Limits{})
	d.Feed(make([]byte, 64))
	_, _, err := d.Next()
	assert.ErrorIs(t, err, ErrChannel)
}

// anyMessage draws a message that fits the default limits.
func anyMessage(t *rapid.T) Message {
	ch := rapid.SampledFrom(Channels[:]).Draw(t, "channel")
	m := Message{
		ID:      ID(uint32(ch)<<16 | uint32(rapid.Uint16().Draw(t, "low"))),
		Channel: ch,
		Payload: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "payload"),
	}
	if ch.Short() {
		m.Reserved = rapid.Uint16().Draw(t, "reserved")
	} else {
		m.Timestamp = rapid.Uint32().Draw(t, "stamp")
	}
	if len(m.Payload) == 0 {
		m.Payload = nil
	}
	return m
}

// Whatever the pieces, and whether or not the caller drains between them, the
// same messages come out.
func TestDecoderSplitAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(anyMessage), 1, 12).Draw(t, "messages")
		var stream []byte
		for _, m := range want {
			stream, _ = m.AppendMux(stream)
		}
		d := NewMuxDecoder(DefaultLimits(ProfileCppLib))
		var got []Message
		for b := stream; len(b) > 0; {
			n := rapid.IntRange(0, min(len(b), 700)).Draw(t, "piece")
			d.Feed(bytes.Clone(b[:n]))
			b = b[n:]
			switch rapid.IntRange(0, 3).Draw(t, "drain") {
			case 0: // not at all
			case 1: // one
				m, ok, err := d.Next()
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					m.Payload = append([]byte(nil), m.Payload...)
					got = append(got, m)
				}
			default:
				ms, err := drain(d)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, ms...)
			}
		}
		ms, err := drain(d)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ms...)
		if len(got) != len(want) {
			t.Fatalf("%d messages, want %d", len(got), len(want))
		}
		for i := range want {
			if !assert.Equal(t, want[i], got[i]) {
				t.Fatalf("message %d differs", i)
			}
		}
		if err := d.Finish(); err != nil || d.Offset() != int64(len(stream)) {
			t.Fatalf("finish %v at %d of %d", err, d.Offset(), len(stream))
		}
	})
}

func TestDecoderRefuses(t *testing.T) {
	app, lib := DefaultLimits(ProfileHUApp), DefaultLimits(ProfileCppLib)
	good := "00000002 0000000c 00000000 00000001 00020002" // a heartbeat, 20 bytes
	tests := []struct {
		name   string
		limits Limits
		ch     Channel // zero: mux
		wire   string
		at     int // bytes after which the error must come
		want   FrameError
	}{
		{"mux channel 0", app, 0, good + "00000000", 24, FrameError{Offset: 20, Field: "mux channel", Value: 0, Err: ErrChannel}},
		{"mux channel 7", app, 0, "00000007", 4, FrameError{Offset: 0, Field: "mux channel", Value: 7, Err: ErrChannel}},
		{"mux channel huge", app, 0, "ffffffff", 4, FrameError{Field: "mux channel", Value: 0xFFFFFFFF, Err: ErrChannel}},
		{"mux length 0", app, 0, "00000001 00000000", 8, FrameError{Offset: 4, Channel: ChannelCommand, Field: "mux length", Value: 0, Limit: 8, Err: ErrTooShort}},
		{"mux length 11 on video", app, 0, good + "00000002 0000000b", 28, FrameError{Offset: 24, Channel: ChannelVideo, Field: "mux length", Value: 11, Limit: 12, Err: ErrTooShort}},
		{"mux length over the application's buffer", app, 0, "00000002 0007bff8", 8, FrameError{Offset: 4, Channel: ChannelVideo, Field: "mux length", Value: AppMuxLimit + 1, Limit: AppMuxLimit, Err: ErrTooLong}},
		{"mux length 4 GiB", app, 0, "00000002 ffffffff", 8, FrameError{Offset: 4, Channel: ChannelVideo, Field: "mux length", Value: 0xFFFFFFFF, Limit: AppMuxLimit, Err: ErrTooLong}},
		{"library video over 600 KiB", lib, 0, "00000002 0009600d", 8, FrameError{Offset: 4, Channel: ChannelVideo, Field: "mux length", Value: VideoLimit + 13, Limit: VideoLimit + 12, Err: ErrTooLong}},
		{"inner length smaller", app, 0, "00000002 0000000f 00000002", 12, FrameError{Offset: 8, Channel: ChannelVideo, Field: "payload length", Value: 2, Limit: 3, Err: ErrMismatch}},
		{"inner length larger", app, 0, "00000001 00000008 0001", 10, FrameError{Offset: 8, Channel: ChannelCommand, Field: "payload length", Value: 1, Limit: 0, Err: ErrMismatch}},
		{"id of another channel", app, 0, "00000006 00000008 0000 0000 00018009", 16, FrameError{Offset: 12, Channel: ChannelTouch, Field: "message id", Value: 0x00018009, Err: ErrChannel}},

		{"command over 32 KiB", app, ChannelCommand, "8001", 2, FrameError{Channel: ChannelCommand, Field: "payload length", Value: 0x8001, Limit: 32768, Err: ErrTooLong}},
		{"touch over 10 KiB", app, ChannelTouch, "2801", 2, FrameError{Channel: ChannelTouch, Field: "payload length", Value: 10241, Limit: 10240, Err: ErrTooLong}},
		{"media over 100 KiB", app, ChannelMedia, "00019001", 4, FrameError{Channel: ChannelMedia, Field: "payload length", Value: 102401, Limit: 102400, Err: ErrTooLong}},
		{"tts over 50 KiB", app, ChannelTTS, "0000c801", 4, FrameError{Channel: ChannelTTS, Field: "payload length", Value: 51201, Limit: 51200, Err: ErrTooLong}},
		{"vr over 50 KiB", app, ChannelVR, "0000c801", 4, FrameError{Channel: ChannelVR, Field: "payload length", Value: 51201, Limit: 51200, Err: ErrTooLong}},
		{"video over a raw picture", app, ChannelVideo, "002f7601", 4, FrameError{Channel: ChannelVideo, Field: "payload length", Value: AppVideoLimit + 1, Limit: AppVideoLimit, Err: ErrTooLong}},
		{"video over 600 KiB", lib, ChannelVideo, "00096001", 4, FrameError{Channel: ChannelVideo, Field: "payload length", Value: 614401, Limit: 614400, Err: ErrTooLong}},
		{"2 GiB without limits", Limits{}, ChannelVideo, "80000000", 4, FrameError{Channel: ChannelVideo, Field: "payload length", Value: 1 << 31, Limit: 1<<31 - 1 - 20, Err: ErrTooLong}},
		{"foreign id on its own connection", app, ChannelVideo, "00000000 00000000 00030006", 12, FrameError{Offset: 8, Channel: ChannelVideo, Field: "message id", Value: 0x00030006, Err: ErrChannel}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire := unhex(t, tt.wire)
			var d feeder = NewMuxDecoder(tt.limits)
			if tt.ch != 0 {
				d = NewChannelDecoder(tt.ch, tt.limits)
			}
			for i := range wire { // the error comes with the byte that makes it, not later
				d.Feed(wire[i : i+1])
				_, err := drain(d)
				if i+1 < tt.at {
					require.NoError(t, err, "after %d bytes", i+1)
					continue
				}
				var fe *FrameError
				require.ErrorAs(t, err, &fe)
				assert.Equal(t, tt.want, *fe)
				assert.ErrorIs(t, err, tt.want.Err)
			}
			// It is final, whatever comes.
			d.Feed(unhex(t, good))
			_, err := drain(d)
			assert.Error(t, err)
			assert.Equal(t, err, d.Finish())
			assert.Zero(t, d.Buffered()-20, "only what was fed since")
		})
	}
}

func TestFrameErrorText(t *testing.T) {
	tests := []struct {
		e    FrameError
		want string
	}{
		{FrameError{Offset: 8, Channel: ChannelVideo, Field: "payload length", Value: 2, Limit: 3, Err: ErrMismatch},
			"carlife: offset 8, video: payload length 2 (want 3): mux length is not message header plus payload"},
		{FrameError{Offset: 20, Field: "mux channel", Value: 9, Err: ErrChannel},
			"carlife: offset 20: mux channel 9: no such channel here (lost byte, or wrong header size?)"},
		{FrameError{Offset: 0, Channel: ChannelVR, Field: "message id", Value: 0x1234, Err: ErrChannel},
			"carlife: offset 0, vr: message id 00001234: no such channel here (lost byte, or wrong header size?)"},
	}
	for _, tt := range tests {
		assert.EqualError(t, &tt.e, tt.want)
	}
}

func TestFinishInsideAFrame(t *testing.T) {
	stream := muxBytes(t, Message{ID: MsgVideoData, Payload: make([]byte, 100)})
	for n := 1; n < len(stream); n++ {
		d := NewMuxDecoder(DefaultLimits(ProfileHUApp))
		d.Feed(stream[:n])
		ms, err := drain(d)
		require.NoError(t, err)
		require.Empty(t, ms)
		assert.Equal(t, n, d.Buffered())
		err = d.Finish()
		require.ErrorIs(t, err, ErrTruncated)
		var fe *FrameError
		require.ErrorAs(t, err, &fe)
		assert.Equal(t, uint64(n), fe.Value)
	}
}

// What came whole before the damage is not lost.
func TestGoodMessagesBeforeTheDamage(t *testing.T) {
	d := NewMuxDecoder(DefaultLimits(ProfileHUApp))
	d.Feed(append(muxBytes(t, allVectors()...), 0xFF, 0xFF, 0xFF, 0xFF))
	ms, err := drain(d)
	assert.Equal(t, allVectors(), ms)
	var fe *FrameError
	require.True(t, errors.As(err, &fe))
	assert.Equal(t, int64(len(muxBytes(t, allVectors()...))), fe.Offset)
}

// A length that was only announced costs nothing.
func TestNoMemoryForUnseenLength(t *testing.T) {
	head := unhex(t, "00000002 7ffffff7 7fffffeb") // 2 GiB of video
	avg := testing.AllocsPerRun(10, func() {
		d := NewMuxDecoder(Limits{})
		d.Feed(head)
		if _, ok, err := d.Next(); ok || err != nil {
			t.Fatal(ok, err)
		}
		if c := cap(d.d.buf); c > 64 {
			t.Fatalf("%d bytes held for 12 that came", c)
		}
	})
	assert.LessOrEqual(t, avg, 2.0)
}

func TestDecoderAllocatesNothingOnceWarm(t *testing.T) {
	var stream []byte
	for range 8 {
		stream = append(stream, muxBytes(t, append(allVectors(), Message{ID: MsgVideoData, Payload: make([]byte, 20000)})...)...)
	}
	for _, size := range []int{1000, 4096, len(stream)} {
		d := NewMuxDecoder(DefaultLimits(ProfileHUApp))
		run := func() {
			for b := stream; len(b) > 0; b = b[min(size, len(b)):] {
				d.Feed(b[:min(size, len(b))])
				for {
					if _, ok, err := d.Next(); err != nil {
						t.Fatal(err)
					} else if !ok {
						break
					}
				}
			}
		}
		run()
		assert.Zero(t, testing.AllocsPerRun(20, run), "pieces of %d", size)
	}
}

func TestEncoderAllocatesNothing(t *testing.T) {
	m := Message{ID: MsgVideoData, Payload: make([]byte, 20000)}
	buf := make([]byte, 0, 32000)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		buf, _ = m.AppendMux(buf[:0])
		buf, _ = m.AppendTo(buf[:0])
	}))
}
