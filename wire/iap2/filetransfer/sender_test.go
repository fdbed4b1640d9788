package filetransfer

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newSender(t testing.TB, file string, maxData int) *Sender {
	t.Helper()
	s, err := NewSender(0x81, TypeArtwork, []byte(file), maxData)
	require.NoError(t, err)
	return s
}

// next takes one datagram out of a sender, or "" where it has none.
func next(t testing.TB, s *Sender) string {
	t.Helper()
	b, ok := s.Next(nil)
	if !ok {
		assert.Empty(t, b)
		return ""
	}
	d, err := Parse(b)
	require.NoError(t, err)
	assert.Equal(t, s.ID(), d.ID)
	if d.Code == CodeSetup {
		return d.String()
	}
	return d.Code.String() + " " + string(d.Data)
}

func reply(s *Sender, code Code) error { return s.Handle(Datagram{ID: s.ID(), Code: code}) }

func TestSenderCutsTheFile(t *testing.T) {
	for _, c := range []struct {
		file    string
		maxData int
		want    []string
	}{
		{"abcdefgh", 3, []string{"first data abc", "data def", "last data gh"}},
		{"abcdef", 3, []string{"first data abc", "last data def"}},
		{"abc", 3, []string{"only data abc"}},
		{"a", 100, []string{"only data a"}},
		{"ab", 1, []string{"first data a", "last data b"}},
	} {
		s := newSender(t, c.file, c.maxData)
		assert.Equal(t, Announcing, s.State())
		assert.Contains(t, next(t, s), "setup")
		assert.Empty(t, next(t, s), "nothing before the start")
		require.NoError(t, reply(s, CodeStart))
		var got []string
		for s.State() == Sending {
			got = append(got, next(t, s))
		}
		assert.Equal(t, c.want, got)
		assert.Equal(t, len(c.file), s.Sent())
		assert.Equal(t, Confirming, s.State())
		assert.Empty(t, next(t, s))
		require.NoError(t, reply(s, CodeSuccess))
		assert.Equal(t, Done, s.State())
		assert.True(t, s.State().Final())
	}
}

func TestSenderSetup(t *testing.T) {
	s := newSender(t, "abcdef", 3)
	b, ok := s.Next(nil)
	assert.True(t, ok)
	assert.Equal(t, "\x81\x04\x00\x00\x00\x00\x00\x00\x00\x06\x00\x02", string(b))

	s = newSender(t, "abcdef", 3)
	s.UseOlderSetup()
	b, ok = s.Next([]byte("before"))
	assert.True(t, ok)
	assert.Equal(t, "before\x81\x04\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x02", string(b))
}

func TestSenderRefusesWhatNobodyTakes(t *testing.T) {
	_, err := NewSender(1, 2, nil, 100)
	require.ErrorIs(t, err, ErrEmpty)
	_, err = NewSender(1, 2, []byte("x"), MaxData(12))
	require.EqualError(t, err, "filetransfer: transfer 1: room for 0 bytes of data in a datagram; the peer's link packets are too short")
}

// inState brings a sender of "abcdef" into a state.
func inState(t *testing.T, want State) *Sender {
	t.Helper()
	s := newSender(t, "abcdef", 3)
	codes := map[State][]Code{
		Waiting: {}, Sending: {CodeStart}, Paused: {CodeStart, CodePause}, Confirming: {CodeStart},
		Done: {CodeStart, CodeSuccess}, Failed: {CodeStart, CodeFailure}, Canceled: {CodeStart, CodeCancel},
	}[want]
	if want == Announcing {
		return s
	}
	next(t, s)
	for _, code := range codes {
		if code == CodeSuccess {
			next(t, s)
			next(t, s)
		}
		require.NoError(t, reply(s, code))
	}
	if want == Confirming {
		next(t, s)
		next(t, s)
	}
	require.Equal(t, want, s.State())
	return s
}

// Every answer in every state.
func TestSenderStates(t *testing.T) {
	type step struct {
		to  State
		err error
	}
	ignored := func(s State) step { return step{s, ErrSequence} }
	table := map[Code]map[State]step{
		CodeStart: {Announcing: ignored(Announcing), Waiting: {Sending, nil}, Sending: ignored(Sending), Paused: {Sending, nil},
			Confirming: {Confirming, nil}, Done: ignored(Done), Failed: ignored(Failed), Canceled: ignored(Canceled)},
		CodePause: {Announcing: ignored(Announcing), Waiting: {Paused, nil}, Sending: {Paused, nil}, Paused: {Paused, nil},
			Confirming: {Confirming, nil}, Done: ignored(Done), Failed: ignored(Failed), Canceled: ignored(Canceled)},
		CodeSuccess: {Announcing: ignored(Announcing), Waiting: ignored(Waiting), Sending: ignored(Sending), Paused: ignored(Paused),
			Confirming: {Done, nil}, Done: ignored(Done), Failed: ignored(Failed), Canceled: ignored(Canceled)},
		CodeFailure: {Announcing: ignored(Announcing), Waiting: {Failed, nil}, Sending: {Failed, nil}, Paused: {Failed, nil},
			Confirming: {Failed, nil}, Done: ignored(Done), Failed: ignored(Failed), Canceled: ignored(Canceled)},
		CodeCancel: {Announcing: ignored(Announcing), Waiting: {Canceled, nil}, Sending: {Canceled, nil}, Paused: {Canceled, nil},
			Confirming: {Canceled, nil}, Done: ignored(Done), Failed: ignored(Failed), Canceled: ignored(Canceled)},
	}
	for _, code := range []Code{CodeSetup, CodeFirst, CodeData, CodeLast, CodeOnly} {
		table[code] = map[State]step{Waiting: {Waiting, ErrDirection}, Sending: {Sending, ErrDirection}, Done: {Done, ErrDirection}}
	}
	table[0x77] = map[State]step{Waiting: {Waiting, ErrUnknownCode}, Done: {Done, ErrUnknownCode}}
	for code, states := range table {
		for state, want := range states {
			s := inState(t, state)
			err := reply(s, code)
			if want.err == nil {
				require.NoError(t, err, "%v in %v", code, state)
			} else {
				require.ErrorIs(t, err, want.err, "%v in %v", code, state)
			}
			assert.Equal(t, want.to, s.State(), "%v in %v", code, state)
		}
	}
}

func TestSenderIgnoresOtherTransfers(t *testing.T) {
	s := inState(t, Waiting)
	err := s.Handle(Datagram{ID: 7, Code: CodeStart})
	require.ErrorIs(t, err, ErrNoSetup)
	assert.EqualError(t, err, "filetransfer: transfer 7, start, offset 1: code = 1: no such transfer")
	assert.Equal(t, Waiting, s.State())
}

func TestSenderGoesOnWhereItPaused(t *testing.T) {
	s := inState(t, Sending)
	assert.Equal(t, "first data abc", next(t, s))
	require.NoError(t, reply(s, CodePause))
	assert.Empty(t, next(t, s))
	require.NoError(t, reply(s, CodeStart))
	assert.Equal(t, "last data def", next(t, s))
}

func TestSenderCancels(t *testing.T) {
	for _, state := range []State{Waiting, Sending, Paused, Confirming} {
		s := inState(t, state)
		assert.Equal(t, "\x81\x02", string(s.Cancel(nil)), state)
		assert.Equal(t, Canceled, s.State())
		assert.Empty(t, s.Cancel(nil), "once")
		assert.Empty(t, next(t, s))
	}
	s := inState(t, Announcing)
	assert.Empty(t, s.Cancel(nil), "what was not announced needs no cancel")
	assert.Equal(t, Canceled, s.State())
	s = inState(t, Done)
	assert.Empty(t, s.Cancel(nil))
	assert.Equal(t, Done, s.State())
}
