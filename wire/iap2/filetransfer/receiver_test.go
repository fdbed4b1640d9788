package filetransfer

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func setup(size uint64) []byte { return Setup{Size: size, Type: TypeArtwork}.AppendTo(nil, 0x81) }

func data(code Code, s string) []byte {
	return Datagram{ID: 0x81, Code: code, Data: []byte(s)}.AppendTo(nil)
}

const (
	start   = "\x81\x01"
	cancel  = "\x81\x02"
	pause   = "\x81\x03"
	success = "\x81\x05"
	failure = "\x81\x06"
)

// handle expects no error.
func handle(t *testing.T, r *Receiver, payload []byte) (string, Event) {
	t.Helper()
	out, e, err := r.Handle(nil, payload)
	require.NoError(t, err)
	return string(out), e
}

func TestReceiverCollectsAFile(t *testing.T) {
	var r Receiver
	announced := Setup{Size: 8, Type: TypeArtwork}

	out, e := handle(t, &r, setup(8))
	assert.Equal(t, start, out)
	assert.Equal(t, Event{Kind: Announced, ID: 0x81, Setup: announced}, e)
	assert.True(t, r.Active(0x81))

	out, e = handle(t, &r, data(CodeFirst, "abc"))
	assert.Empty(t, out)
	assert.Equal(t, None, e.Kind)
	_, _ = handle(t, &r, data(CodeData, "def"))
	assert.Equal(t, uint64(6), r.Received(0x81))

	out, e = handle(t, &r, data(CodeLast, "gh"))
	assert.Equal(t, success, out)
	assert.Equal(t, Event{Kind: Complete, ID: 0x81, Setup: announced, Data: []byte("abcdefgh")}, e)
	assert.False(t, r.Active(0x81))
	assert.Zero(t, r.Received(0x81))
}

func TestReceiverTakesAWholeFileAtOnce(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(3))
	out, e := handle(t, &r, data(CodeOnly, "abc"))
	assert.Equal(t, success, out)
	assert.Equal(t, "abc", string(e.Data))
}

func TestReceiverStreams(t *testing.T) {
	r := Receiver{Stream: true}
	handle(t, &r, setup(5))
	_, e := handle(t, &r, data(CodeFirst, "abc"))
	assert.Equal(t, Chunk, e.Kind)
	assert.Equal(t, "abc", string(e.Data))
	_, e = handle(t, &r, data(CodeLast, "de"))
	assert.Equal(t, Complete, e.Kind)
	assert.Equal(t, "de", string(e.Data))
}

func TestTransfersRunSideBySide(t *testing.T) {
	var r Receiver
	for id := range 3 {
		handle(t, &r, Setup{Size: 2}.AppendTo(nil, uint8(id)))
	}
	for id := range 3 {
		handle(t, &r, Datagram{ID: uint8(id), Code: CodeFirst, Data: []byte{byte(id)}}.AppendTo(nil))
	}
	for id := range 3 {
		_, e := handle(t, &r, Datagram{ID: uint8(id), Code: CodeLast, Data: []byte{byte(id + 10)}}.AppendTo(nil))
		assert.Equal(t, []byte{byte(id), byte(id + 10)}, e.Data)
	}
}

// A file that was handed over stays as it is while others come.
func TestCompleteFilesBelongToTheOwner(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(3))
	_, first := handle(t, &r, data(CodeOnly, "abc"))
	handle(t, &r, setup(3))
	_, second := handle(t, &r, data(CodeOnly, "xyz"))
	assert.Equal(t, "abc", string(first.Data))
	assert.Equal(t, "xyz", string(second.Data))
}

func TestReceiverIgnores(t *testing.T) {
	for _, c := range []struct {
		name    string
		payload []byte
		want    Error
	}{
		{"half a datagram", []byte{0x81}, Error{Offset: 1, Field: "datagram size", Value: 1, Err: ErrShort}},
		{"a size of 0", setup(0), Error{ID: 0x81, Code: CodeSetup, Offset: 2, Field: "file size", Err: ErrEmpty}},
		{"a short setup", data(CodeSetup, "123456789"), Error{ID: 0x81, Code: CodeSetup, Offset: 2, Field: "setup size", Value: 9, Err: ErrSetupSize}},
		{"data without setup", data(CodeFirst, "x"), Error{ID: 0x81, Code: CodeFirst, Offset: 1, Field: "code", Value: 0x80, Err: ErrNoSetup}},
		{"cancel without setup", data(CodeCancel, ""), Error{ID: 0x81, Code: CodeCancel, Offset: 1, Field: "code", Value: 2, Err: ErrNoSetup}},
		{"start from the sender", data(CodeStart, ""), Error{ID: 0x81, Code: CodeStart, Offset: 1, Field: "code", Value: 1, Err: ErrDirection}},
		{"pause from the sender", data(CodePause, ""), Error{ID: 0x81, Code: CodePause, Offset: 1, Field: "code", Value: 3, Err: ErrDirection}},
		{"success from the sender", data(CodeSuccess, ""), Error{ID: 0x81, Code: CodeSuccess, Offset: 1, Field: "code", Value: 5, Err: ErrDirection}},
		{"unknown code", data(0x77, ""), Error{ID: 0x81, Code: 0x77, Offset: 1, Field: "code", Value: 0x77, Err: ErrUnknownCode}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Receiver
			out, e, err := r.Handle([]byte("kept"), c.payload)
			var at *Error
			require.ErrorAs(t, err, &at)
			assert.Equal(t, &c.want, at)
			assert.Equal(t, "kept", string(out), "no answer")
			assert.Equal(t, Event{}, e)
			assert.False(t, r.Active(0x81))
		})
	}
}

// What is ignored costs a transfer under way nothing.
func TestIgnoredDatagramsDoNoHarm(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(6))
	handle(t, &r, data(CodeFirst, "abc"))
	for _, payload := range [][]byte{{}, setup(0), data(CodeSetup, "x"), data(CodePause, ""), data(0x77, "x")} {
		_, _, err := r.Handle(nil, payload)
		require.Error(t, err)
	}
	_, e := handle(t, &r, data(CodeLast, "def"))
	assert.Equal(t, "abcdef", string(e.Data))
}

func TestReceiverAborts(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []byte
		bad    []byte
		want   error
		value  uint64
	}{
		{"more than announced", data(CodeFirst, "abc"), data(CodeData, "defg"), ErrOverflow, 7},
		{"more than announced at the end", data(CodeFirst, "abc"), data(CodeLast, "defg"), ErrOverflow, 7},
		{"more at once", nil, data(CodeOnly, "abcdefg"), ErrOverflow, 7},
		{"less than announced", data(CodeFirst, "abc"), data(CodeLast, "de"), ErrUnderflow, 5},
		{"less at once", nil, data(CodeOnly, ""), ErrUnderflow, 0},
		{"no first data", nil, data(CodeData, "abc"), ErrSequence, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Receiver
			handle(t, &r, setup(6))
			if c.before != nil {
				handle(t, &r, c.before)
			}
			out, e, err := r.Handle(nil, c.bad)
			require.ErrorIs(t, err, c.want)
			var at *Error
			require.ErrorAs(t, err, &at)
			assert.Equal(t, c.value, at.Value)
			assert.Equal(t, failure, string(out))
			assert.Equal(t, Aborted, e.Kind)
			assert.False(t, r.Active(0x81))
		})
	}
}

func TestFirstDataAgainStartsOver(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(6))
	handle(t, &r, data(CodeFirst, "xxxx"))
	handle(t, &r, data(CodeFirst, "abc"))
	_, e := handle(t, &r, data(CodeLast, "def"))
	assert.Equal(t, "abcdef", string(e.Data))
}

func TestSetupAgainStartsOver(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(100))
	handle(t, &r, data(CodeFirst, "old"))
	out, _ := handle(t, &r, setup(3))
	assert.Equal(t, start, out)
	_, e := handle(t, &r, data(CodeOnly, "new"))
	assert.Equal(t, "new", string(e.Data))
}

func TestReceiverDecides(t *testing.T) {
	answers := map[uint16]Answer{1: AnswerStart, 2: AnswerCancel, 3: AnswerLater}
	r := Receiver{Decide: func(_ uint8, s Setup) Answer { return answers[s.Type] }}

	out, _ := handle(t, &r, Setup{Size: 3, Type: 1}.AppendTo(nil, 0x81))
	assert.Equal(t, start, out)

	out, e := handle(t, &r, Setup{Size: 3, Type: 2}.AppendTo(nil, 0x81))
	assert.Equal(t, cancel, out)
	assert.Equal(t, Announced, e.Kind)
	assert.False(t, r.Active(0x81))

	out, _ = handle(t, &r, Setup{Size: 3, Type: 3}.AppendTo(nil, 0x81))
	assert.Empty(t, out)
	_, _, err := r.Handle(nil, data(CodeOnly, "abc"))
	require.ErrorIs(t, err, ErrSequence, "nothing is taken before the start")
	started, ok := r.Start(nil, 0x81)
	assert.True(t, ok)
	assert.Equal(t, start, string(started))
	_, e = handle(t, &r, data(CodeOnly, "abc"))
	assert.Equal(t, "abc", string(e.Data))
}

func TestReceiverLimitsTheSize(t *testing.T) {
	for _, c := range []struct {
		limit, size uint64
		refused     bool
	}{
		{0, DefaultMaxSize, false}, {0, DefaultMaxSize + 1, true}, {0, 1<<64 - 1, true}, {10, 10, false}, {10, 11, true}, {1 << 40, 1 << 40, false},
	} {
		r := Receiver{MaxSize: c.limit}
		out, e, err := r.Handle(nil, setup(c.size))
		assert.Equal(t, Announced, e.Kind)
		assert.Equal(t, !c.refused, r.Active(0x81))
		if c.refused {
			require.ErrorIs(t, err, ErrTooLarge)
			assert.Equal(t, cancel, string(out))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, start, string(out))
	}
}

func TestReceiverPausesAndCancels(t *testing.T) {
	var r Receiver
	for _, act := range []func([]byte, uint8) ([]byte, bool){r.Start, r.Pause, r.Cancel} {
		out, ok := act([]byte("kept"), 0x81)
		assert.False(t, ok)
		assert.Equal(t, "kept", string(out))
	}
	handle(t, &r, setup(6))
	_, ok := r.Start(nil, 0x81)
	assert.False(t, ok, "it runs")
	out, ok := r.Pause(nil, 0x81)
	assert.True(t, ok)
	assert.Equal(t, pause, string(out))
	_, ok = r.Pause(nil, 0x81)
	assert.False(t, ok, "it is paused")
	handle(t, &r, data(CodeFirst, "abc")) // on its way when the pause was sent
	out, ok = r.Start(nil, 0x81)
	assert.True(t, ok)
	assert.Equal(t, start, string(out))
	out, ok = r.Cancel(nil, 0x81)
	assert.True(t, ok)
	assert.Equal(t, cancel, string(out))
	_, _, err := r.Handle(nil, data(CodeLast, "def"))
	require.ErrorIs(t, err, ErrNoSetup)
}

func TestPeerCancels(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(6))
	handle(t, &r, data(CodeFirst, "abc"))
	out, e := handle(t, &r, data(CodeCancel, ""))
	assert.Empty(t, out)
	assert.Equal(t, Event{Kind: CanceledByPeer, ID: 0x81, Setup: Setup{Size: 6, Type: TypeArtwork}}, e)
	assert.False(t, r.Active(0x81))
}

func TestReset(t *testing.T) {
	var r Receiver
	handle(t, &r, setup(6))
	r.Reset()
	assert.False(t, r.Active(0x81))
}
