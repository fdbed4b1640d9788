package filetransfer

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A sender and a receiver, joined by two queues, whatever the receiver does in
// between: the file arrives as it is, or both know that it does not.
func TestSenderAndReceiverAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "file")
		s, err := NewSender(rapid.Byte().Draw(t, "id"), TypeArtwork, file, rapid.IntRange(1, 100).Draw(t, "bytes a datagram"))
		require.NoError(t, err)
		if rapid.Bool().Draw(t, "older setup") {
			s.UseOlderSetup()
		}
		r := Receiver{Decide: func(uint8, Setup) Answer { return AnswerLater }}
		var toReceiver, toSender [][]byte
		var got []byte
		var ended EventKind
		post := func(queue *[][]byte, b []byte, ok bool) {
			if ok && len(b) > 0 {
				*queue = append(*queue, b)
			}
		}
		sendOne := func() bool {
			b, ok := s.Next(nil)
			post(&toReceiver, b, ok)
			return ok
		}
		receiveOne := func() bool {
			if len(toReceiver) == 0 {
				return false
			}
			out, e, err := r.Handle(nil, toReceiver[0])
			toReceiver = toReceiver[1:]
			if err != nil {
				// Only what was on its way when the receiver gave up.
				require.ErrorIs(t, err, ErrNoSetup)
			}
			post(&toSender, out, len(out) > 0)
			switch e.Kind {
			case Complete:
				got, ended = e.Data, e.Kind
			case CanceledByPeer:
				ended = e.Kind
			case Aborted:
				t.Fatalf("aborted: %v", err)
			}
			return true
		}
		answerOne := func() bool {
			if len(toSender) == 0 {
				return false
			}
			d, err := Parse(toSender[0])
			toSender = toSender[1:]
			require.NoError(t, err)
			if err := s.Handle(d); err != nil {
				// Answers that crossed the sender's own end.
				require.ErrorIs(t, err, ErrSequence)
				require.True(t, s.State().Final(), "%v in %v", d, s.State())
			}
			return true
		}
		t.Repeat(map[string]func(*rapid.T){
			"send":    func(*rapid.T) { sendOne() },
			"receive": func(*rapid.T) { receiveOne() },
			"answer":  func(*rapid.T) { answerOne() },
			"start":   func(*rapid.T) { b, ok := r.Start(nil, s.ID()); post(&toSender, b, ok) },
			"pause":   func(*rapid.T) { b, ok := r.Pause(nil, s.ID()); post(&toSender, b, ok) },
			"sender cancels": func(t *rapid.T) {
				if rapid.IntRange(0, 20).Draw(t, "dice") == 0 {
					post(&toReceiver, s.Cancel(nil), true)
				}
			},
			"receiver cancels": func(t *rapid.T) {
				if rapid.IntRange(0, 20).Draw(t, "dice") == 0 {
					b, ok := r.Cancel(nil, s.ID())
					post(&toSender, b, ok)
				}
			},
		})
		// Let it run out: everything on its way arrives, a pause ends.
		for range 10000 {
			if sendOne() || receiveOne() || answerOne() {
				continue
			}
			b, ok := r.Start(nil, s.ID())
			post(&toSender, b, ok)
			if !ok {
				break
			}
		}
		switch s.State() {
		case Done:
			require.True(t, bytes.Equal(file, got))
		case Canceled:
			// A cancel may cross the last data: the receiver may have it all.
			require.False(t, r.Active(s.ID()))
			require.True(t, got == nil || bytes.Equal(file, got))
		default:
			t.Fatalf("sender is %v, receiver saw %v", s.State(), ended)
		}
	})
}

func TestDataPathDoesNotAllocate(t *testing.T) {
	r := Receiver{Stream: true}
	_, _, err := r.Handle(nil, setup(DefaultMaxSize))
	require.NoError(t, err)
	_, _, err = r.Handle(nil, data(CodeFirst, "x"))
	require.NoError(t, err)
	payload := data(CodeData, "abcdefgh")
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if _, _, err := r.Handle(nil, payload); err != nil {
			t.Fatal(err)
		}
	}), "receiving")

	s, err := NewSender(1, TypeArtwork, make([]byte, 1<<16), 100)
	require.NoError(t, err)
	buf := make([]byte, 0, 200)
	_, _ = s.Next(buf)
	require.NoError(t, reply(s, CodeStart))
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if _, ok := s.Next(buf); !ok {
			t.Fatal("nothing to send")
		}
	}), "sending")
}

// No memory is reserved for a size that was only announced.
func TestAnnouncedSizesCostNothing(t *testing.T) {
	r := Receiver{MaxSize: 1 << 62}
	for id := range 256 {
		_, _, err := r.Handle(nil, Setup{Size: 1 << 62}.AppendTo(nil, uint8(id)))
		require.NoError(t, err)
	}
	for _, one := range r.transfers {
		assert.Zero(t, cap(one.data))
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add(append([]byte{12}, vector(f, "file-transfer-setup-10")...))
	f.Add([]byte("\x0c\x01\x04\x00\x00\x00\x00\x00\x00\x00\x03\x00\x02\x05\x01\xC0abc"))
	f.Add([]byte("\x0d\x01\x04\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x02\x05\x01\x80abc\x05\x01\x40def"))
	f.Add([]byte("\x02\x81\x01\x02\x81\x05\x01\x81"))
	f.Fuzz(func(t *testing.T, b []byte) {
		// The input is a series of datagrams, each behind its length.
		r := Receiver{MaxSize: 1000}
		for len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			payload := b[1 : 1+n]
			b = b[1+n:]
			out, e, err := r.Handle(nil, payload)
			if e.Kind == Complete && (uint64(len(e.Data)) != e.Setup.Size || err != nil) {
				t.Fatalf("%d of %d bytes called complete: %v", len(e.Data), e.Setup.Size, err)
			}
			if len(out) != 0 && (len(out) != HeaderLen || out[0] != payload[0]) {
				t.Fatalf("answer %x to %x", out, payload)
			}
			if d, err := Parse(payload); err == nil {
				if !bytes.Equal(d.AppendTo(nil), payload) || d.String() == "" {
					t.Fatalf("%x is not written as it was read", payload)
				}
				if r.Received(d.ID) > 1000 {
					t.Fatal("limit exceeded")
				}
			}
		}
	})
}

func FuzzSender(f *testing.F) {
	f.Add([]byte("\x01\x03\x01\x05"), uint8(3))
	f.Add([]byte("\x01\x02"), uint8(1))
	f.Fuzz(func(t *testing.T, codes []byte, maxData uint8) {
		s, err := NewSender(9, 2, []byte("a file of some bytes"), int(maxData))
		if err != nil {
			return
		}
		for _, code := range codes {
			if b, ok := s.Next(nil); ok {
				if d, err := Parse(b); err != nil || d.ID != 9 || len(d.Data) > max(11, int(maxData)) {
					t.Fatalf("sent %x", b)
				}
			}
			before := s.State()
			if err := s.Handle(Datagram{ID: 9, Code: Code(code)}); err != nil && s.State() != before {
				t.Fatalf("refused %v and went from %v to %v", Code(code), before, s.State())
			}
		}
	})
}

func BenchmarkTransfer(b *testing.B) {
	file := make([]byte, 1<<20)
	r := Receiver{Stream: true}
	buf := make([]byte, 0, 1<<16)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewSender(1, TypeArtwork, file, MaxData(65535))
		if err != nil {
			b.Fatal(err)
		}
		for {
			wire, ok := s.Next(buf)
			if !ok {
				break
			}
			out, _, err := r.Handle(nil, wire)
			if err != nil {
				b.Fatal(err)
			}
			if len(out) > 0 {
				d, _ := Parse(out)
				if err := s.Handle(d); err != nil {
					b.Fatal(err)
				}
			}
		}
		if s.State() != Done {
			b.Fatal(s.State())
		}
	}
}
