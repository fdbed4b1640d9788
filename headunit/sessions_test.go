package headunit

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// open begins a session of a protocol and returns the phone's end.
func (x *script) open(protocol int, id uint16) *session.EASession {
	x.t.Helper()
	ea := x.s.OpenEA(id)
	x.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", protocol), control.F("SessionID", id))
	x.status(id, "ok")
	return ea
}

// status takes an EA03.
func (x *script) status(id uint16, want string) {
	x.t.Helper()
	d := x.next("StatusExternalAccessoryProtocolSession")
	got, _ := d.Uint("SessionID")
	require.Equal(x.t, uint64(id), got)
	text, _ := d.Enum("Status")
	require.Equal(x.t, want, text)
}

// one is a model with one protocol inside the link.
func one(rest string) string {
	return "launch: {bundle: ''}\nprotocols: [{name: com.example.app, match: 1, " + rest + "}]"
}

func TestEchoSession(t *testing.T) {
	play(t, one("behaviour: echo"), func(x *script) {
		x.begin()
		ea := x.open(0, 7)
		require.NoError(t, session.Duplex(x.w, ea, 100_000))
		x.send("StopExternalAccessoryProtocolSession", control.F("SessionID", 7))
		x.quiet(time.Minute) // no EA03: the phone knows
		x.saw("session closed protocol=com.example.app why=done")
		require.NoError(t, session.Duplex(x.w, x.open(0, 8), 1000)) // another
	})
}

// The head unit ends a session with EA03 and status close, after its last byte.
func TestTheHeadUnitCloses(t *testing.T) {
	play(t, one("behaviour: source, bytes: 70000, close: true"), func(x *script) {
		x.begin()
		ea := x.open(0, 1)
		n, err := session.Sink(ea, 70_000)
		require.NoError(t, err)
		require.Equal(t, int64(70_000), n)
		x.status(1, "close")
	})
	play(t, one("behaviour: sink, bytes: 1000"), func(x *script) {
		x.begin()
		ea := x.open(0, 1)
		require.NoError(t, session.Source(ea, 999))
		x.quiet(time.Minute)
		require.NoError(t, session.Source(ea, 1))
		x.status(1, "close")
	})
	play(t, one("behaviour: duplex, bytes: 5000"), func(x *script) {
		x.begin()
		require.NoError(t, session.Duplex(x.w, x.open(0, 1), 5000))
		x.status(1, "close")
	})
}

func TestASourceThatStaysOpen(t *testing.T) {
	play(t, one("behaviour: source, bytes: 1000"), func(x *script) {
		x.begin()
		ea := x.open(0, 1)
		buf := make([]byte, 1000)
		_, err := io.ReadFull(ea, buf)
		require.NoError(t, err)
		require.NoError(t, new(session.Pattern).Check(buf))
		x.quiet(time.Minute)
	})
}

// A session that cannot be is refused at once.
func TestSessionsThatAreRefused(t *testing.T) {
	const two = "launch: {bundle: ''}\nprotocols: [{name: com.example.a, behaviour: echo}, {name: com.example.b, native: true, behaviour: echo}]"
	play(t, two, func(x *script) {
		x.begin()
		for protocol, why := range map[int]string{1: "protocol 1 has a native transport", 2: "protocol 2 was not declared", 255: "protocol 255 was not declared"} {
			x.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", protocol), control.F("SessionID", 5))
			x.status(5, "close")
			x.saw("session refused why=" + why)
		}
	})
	play(t, two+"\nlink: {sessions: [{id: 1, type: control, version: 1}]}", func(x *script) {
		x.begin()
		x.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", 0), control.F("SessionID", 5))
		x.status(5, "close")
		x.saw("session refused why=the link has no External Accessory session")
	})
}

// EA00 with an id that is open begins the session anew; the end of the old one
// is no end of the new.
func TestASessionOfTheSameID(t *testing.T) {
	play(t, one("behaviour: echo"), func(x *script) {
		x.begin()
		x.open(0, 3)
		second := x.open(0, 3)
		x.w.Sleep(time.Second)
		require.NoError(t, session.Duplex(x.w, second, 1000))
		x.quiet(time.Minute)
	})
}

// A link reset ends every session without a word.
func TestALinkResetEndsTheSessions(t *testing.T) {
	play(t, one("behaviour: source, bytes: 100000000"), func(x *script) {
		x.begin()
		x.open(0, 1)
		x.open(0, 2)
		x.w.Sleep(time.Second)
		x.reset()
		x.quiet(time.Minute)
		x.begin()
		x.open(0, 1)
	})
}
