package usbmuxd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// output takes out all messages.
func output(s *Server) (wire []byte, messages []Message) {
	d := Decoder{MaxLength: MaxReply}
	for b, ok := s.NextOutput(); ok; b, ok = s.NextOutput() {
		wire = append(wire, b...)
		d.Feed(b)
		m, ok, err := d.Next()
		if !ok || err != nil || d.Finish() != nil {
			panic("not one whole message")
		}
		m.Payload = bytes.Clone(m.Payload)
		messages = append(messages, m)
	}
	return wire, messages
}

func replies(t testing.TB, s *Server) (out []Reply) {
	t.Helper()
	_, ms := output(s)
	for _, m := range ms {
		r, err := ParseReply(m)
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

func send(t testing.TB, s *Server, r Request) {
	t.Helper()
	b, err := r.AppendTo(nil)
	require.NoError(t, err)
	s.Feed(b)
}

// The course of an early tool, byte for byte: hello, its answer, the device that
// is attached; then, each on a socket of its own, a port that is refused and
// lockdown.
func TestBinarySession(t *testing.T) {
	s := NewServer(ServerConfig{})
	s.Feed(unhex("10000000 00000000 03000000 02000000"))
	r, ok := s.Poll()
	require.True(t, ok)
	require.Equal(t, Request{Command: Listen, Tag: 2}, r)
	require.NoError(t, s.Listening([]Device{phone}))
	wire, _ := output(s)
	require.Equal(t, unhex("14000000 00000000 01000000 02000000 00000000"+
		"1c010000 00000000 04000000 00000000"+attachedBody), wire)
	s.Detached(3)
	wire, _ = output(s)
	require.Equal(t, unhex("14000000 00000000 05000000 00000000 03000000"), wire)

	s = NewServer(ServerConfig{})
	s.Feed(unhex("18000000 00000000 02000000 03000000 03000000 00160000"))
	r, ok = s.Poll()
	require.True(t, ok)
	require.EqualValues(t, 22, r.Port)
	require.NoError(t, s.Result(ConnRefused))
	wire, _ = output(s)
	require.Equal(t, unhex("14000000 00000000 01000000 03000000 03000000"), wire)
	require.Equal(t, StateCommand, s.State(), "the socket may be used again")

	s.Feed(unhex("18000000 00000000 02000000 04000000 03000000 f27e0000"))
	r, ok = s.Poll()
	require.True(t, ok)
	require.EqualValues(t, 62078, r.Port)
	require.NoError(t, s.Result(OK))
	wire, _ = output(s)
	require.Equal(t, unhex("14000000 00000000 01000000 04000000 00000000"), wire)
	require.Equal(t, StateRaw, s.State())
	s.Feed([]byte("raw"))
	_, ok = s.Poll()
	require.False(t, ok)
	require.Equal(t, "raw", string(s.Rest()))
}

func TestManyCommandsOnOneSocket(t *testing.T) {
	s := NewServer(ServerConfig{})
	record := []byte("record")
	for i, c := range []struct {
		request Request
		answer  func() error
		want    Reply
	}{
		{Request{Command: ListDevices}, func() error { return s.Devices([]Device{phone}) }, Reply{Kind: KindDevices, Devices: []Device{phone}}},
		{Request{Command: ReadBUID}, func() error { return s.BUID("B") }, Reply{Kind: KindBUID, BUID: "B"}},
		{Request{Command: ListListeners}, func() error { return s.Listeners(nil) }, Reply{Kind: KindListeners, Listeners: []Listener{}}},
		{Request{Command: ReadPairRecord, PairRecordID: "a"}, func() error { return s.PairRecord(record) }, Reply{Kind: KindPairRecord, PairRecord: record}},
		{Request{Command: ReadPairRecord, PairRecordID: "b"}, func() error { return s.Result(NoEntry) }, Reply{Kind: KindResult, Result: 2}},
		{Request{Command: SavePairRecord, PairRecordID: "a", PairRecordData: record}, func() error { return s.Result(OK) }, Reply{Kind: KindResult}},
		{Request{Command: DeletePairRecord, PairRecordID: "a"}, func() error { return s.Result(OK) }, Reply{Kind: KindResult}},
		{Request{Command: Connect, DeviceID: 9, Port: 1, HasDeviceID: true, HasPort: true}, func() error { return s.Result(BadDevice) }, Reply{Kind: KindResult, Result: BadDevice}},
	} {
		c.request.Version, c.request.Tag = Plist, uint32(i)
		c.want.Version, c.want.Tag = Plist, uint32(i)
		send(t, s, c.request)
		got, ok := s.Poll()
		require.True(t, ok)
		require.Equal(t, c.request, got)
		_, ok = s.Poll()
		require.False(t, ok, "one request at a time")
		require.NoError(t, c.answer())
		require.Equal(t, []Reply{c.want}, replies(t, s))
		require.Equal(t, StateCommand, s.State())
	}
}

func TestRequestsThatAreWrongInThemselves(t *testing.T) {
	for _, silent := range []bool{false, true} {
		s := NewServer(ServerConfig{Silent: silent})
		s.Feed(Message{Version: 7, Type: TypePlist, Tag: 1}.AppendTo(nil))
		s.Feed(Message{Version: Plist, Type: TypePlist, Tag: 2, Payload: inPlist("<key>MessageType</key><string>X</string>")}.AppendTo(nil))
		s.Feed(Message{Version: Plist, Type: TypePlist, Tag: 3, Payload: []byte("bplist00")}.AppendTo(nil))
		s.Feed(Message{Version: Plist, Type: TypePlist, Tag: 4, Payload: inPlist("<key>MessageType</key><string>Connect</string>")}.AppendTo(nil))
		_, ok := s.Poll()
		require.False(t, ok)
		want := []Reply{
			{Version: Binary, Tag: 1, Kind: KindResult, Result: BadVersion},
			{Version: Plist, Tag: 2, Kind: KindResult, Result: BadCommand},
			{Version: Plist, Tag: 3, Kind: KindResult, Result: BadCommand},
			{Version: Plist, Tag: 4, Kind: KindResult, Result: BadDevice},
		}
		if silent {
			want = append(want[:2], want[3])
		}
		require.Equal(t, want, replies(t, s))
		require.Equal(t, StateCommand, s.State())
	}
}

func listening(t *testing.T, v Version, c ServerConfig) *Server {
	s := NewServer(c)
	send(t, s, Request{Version: v, Command: Listen, Tag: 5})
	_, ok := s.Poll()
	require.True(t, ok)
	require.NoError(t, s.Listening([]Device{phone}))
	return s
}

func TestListener(t *testing.T) {
	for _, v := range []Version{Binary, Plist} {
		s := listening(t, v, ServerConfig{})
		s.Paired(3)
		s.Detached(3)
		s.Feed(nil)
		require.Equal(t, StateListening, s.State())
		got := replies(t, s)
		require.Len(t, got, 4)
		for i, r := range got {
			require.Equal(t, []Kind{KindResult, KindAttached, KindPaired, KindDetached}[i], r.Kind)
			require.Equal(t, []uint32{5, 0, 0, 0}[i], r.Tag)
			require.Equal(t, v, r.Version)
		}
		send(t, s, Request{Version: Plist, Command: ListDevices})
		require.Equal(t, StateClosed, s.State(), "usbmuxd closes the socket without a reply")
		require.ErrorIs(t, s.Err(), ErrCommand)
		_, ok := s.NextOutput()
		require.False(t, ok)
		s.Attached(phone)
		s.Feed([]byte("x"))
		require.Empty(t, replies(t, s))
	}
	// The command may have come together with Listen.
	s := NewServer(ServerConfig{})
	send(t, s, Request{Command: Listen})
	send(t, s, Request{Command: Listen})
	_, ok := s.Poll()
	require.True(t, ok)
	require.NoError(t, s.Result(OK))
	require.Equal(t, StateClosed, s.State())
}

func TestListenerThatDoesNotRead(t *testing.T) {
	s := listening(t, Plist, ServerConfig{MaxQueue: 5000})
	for range 4 {
		s.Attached(phone)
	}
	require.Equal(t, StateListening, s.State())
	for range 10 {
		s.Attached(phone)
	}
	require.Equal(t, StateClosed, s.State())
	require.ErrorIs(t, s.Err(), ErrBacklog)
	_, ok := s.NextOutput()
	require.False(t, ok)

	s = listening(t, Plist, ServerConfig{MaxQueue: 5000})
	for range 100 {
		s.Attached(phone)
		output(s)
	}
	require.Equal(t, StateListening, s.State(), "one that reads stays")

	s = listening(t, Binary, ServerConfig{})
	s.Attached(Device{Serial: strings.Repeat("x", 300)}) // has no binary form
	require.Equal(t, StateClosed, s.State())
	require.Error(t, s.Err())
}

func TestWhoDoesNotListenHearsNothing(t *testing.T) {
	s := NewServer(ServerConfig{})
	s.Attached(phone)
	s.Paired(1)
	require.Empty(t, replies(t, s))
}

func TestAnswersOutOfTurn(t *testing.T) {
	s := NewServer(ServerConfig{})
	require.ErrorIs(t, s.Result(OK), ErrState)
	require.ErrorIs(t, s.Listening(nil), ErrState)
	send(t, s, Request{Version: Plist, Command: ReadBUID})
	_, ok := s.Poll()
	require.True(t, ok)
	require.ErrorIs(t, s.Devices(nil), ErrState)
	require.ErrorIs(t, s.Listening(nil), ErrState)
	require.Nil(t, s.Rest())
	require.NoError(t, s.BUID("x"))
	require.ErrorIs(t, s.BUID("x"), ErrState)
	require.Len(t, replies(t, s), 1)
}

// Bytes behind Connect belong to the connection.
func TestBytesBehindConnect(t *testing.T) {
	s := NewServer(ServerConfig{})
	send(t, s, Request{Command: Connect, DeviceID: 3, Port: 1})
	s.Feed([]byte("hasty"))
	_, ok := s.Poll()
	require.True(t, ok)
	s.Feed([]byte(" client"))
	require.NoError(t, s.Result(OK))
	require.Equal(t, "hasty client", string(s.Rest()))
}

func TestHostileClients(t *testing.T) {
	t.Run("length", func(t *testing.T) {
		s := NewServer(ServerConfig{})
		s.Feed(unhex("ffffffff 00000000"))
		_, ok := s.Poll()
		require.False(t, ok)
		require.Equal(t, StateClosed, s.State())
		require.ErrorIs(t, s.Err(), ErrLength)
	})
	t.Run("flood behind a request", func(t *testing.T) {
		s := NewServer(ServerConfig{})
		send(t, s, Request{Version: Plist, Command: ReadBUID})
		_, ok := s.Poll()
		require.True(t, ok)
		for range 10 {
			s.Feed(make([]byte, 60000))
		}
		require.Equal(t, StateClosed, s.State())
		require.ErrorIs(t, s.Err(), ErrFlood)
		require.Empty(t, s.dec.buf)
	})
	t.Run("gone", func(t *testing.T) {
		s := NewServer(ServerConfig{})
		s.Close()
		require.NoError(t, s.Err())
		send(t, s, Request{Command: Listen})
		_, ok := s.Poll()
		require.False(t, ok)
	})
}

// However a stream is cut, the daemon says the same.
func TestServerCutAnywhere(t *testing.T) {
	commands := []Request{
		{Version: Plist, Command: ReadBUID}, {Version: Plist, Command: ListDevices},
		{Version: Plist, Command: "Nonsense"}, {Command: Connect, DeviceID: 1, Port: 1},
		{Version: Plist, Command: ReadPairRecord}, {Version: Plist, Command: Connect, DeviceID: 2, Port: 62078},
	}
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		for i, k := range rapid.SliceOfN(rapid.IntRange(0, len(commands)-1), 1, 8).Draw(t, "commands") {
			r := commands[k]
			r.Tag = uint32(i)
			stream, _ = r.AppendTo(stream)
		}
		run := func(cut func(rest int) int) (wire []byte) {
			s := NewServer(ServerConfig{})
			for rest := stream; len(rest) > 0; {
				n := cut(len(rest))
				s.Feed(rest[:n])
				rest = rest[n:]
				for r, ok := s.Poll(); ok; r, ok = s.Poll() {
					var err error
					switch r.Command {
					case ReadBUID:
						err = s.BUID("B")
					case ListDevices:
						err = s.Devices([]Device{phone})
					default:
						err = s.Result(ConnRefused)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				b, _ := output(s)
				wire = append(wire, b...)
			}
			return wire
		}
		whole := run(func(rest int) int { return rest })
		cut := run(func(rest int) int { return rapid.IntRange(1, min(rest, 100)).Draw(t, "n") })
		if !bytes.Equal(whole, cut) {
			t.Fatalf("whole:\n%q\ncut:\n%q", whole, cut)
		}
	})
}

func TestServerStateNames(t *testing.T) {
	for s, want := range map[ServerState]string{StateCommand: "command", StateAnswering: "answering", StateListening: "listening",
		StateRaw: "raw", StateClosed: "closed", 9: "9"} {
		assert.Equal(t, want, s.String())
	}
}
