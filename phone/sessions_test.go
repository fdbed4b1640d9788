package phone

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// open launches the navigator and takes its session.
func (x *script) open() *session.EASession {
	x.t.Helper()
	x.launch("without-alert")
	return x.opened(0)
}

// opened takes the session that the phone opens next.
func (x *script) opened(protocol uint64) *session.EASession {
	x.t.Helper()
	d := x.next("StartExternalAccessoryProtocolSession")
	got, _ := d.Uint("ProtocolID")
	require.Equal(x.t, protocol, got)
	id, _ := d.Uint("SessionID")
	x.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", id), control.F("Status", "ok"))
	return x.s.OpenEA(uint16(id))
}

func app(rest string) string {
	return "apps: [{bundle: " + navigator + ", protocols: [" + navigator + "], " + rest + "}]"
}

func TestDataBothWays(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		ea := x.open()
		require.NoError(t, session.Duplex(x.w, ea, 300_000))
	})
}

// The app ends its session: EA01 follows the last byte.
func TestTheAppCloses(t *testing.T) {
	play(t, app("behaviour: source, bytes: 100000, close: true"), func(x *script) {
		x.begin()
		ea := x.open()
		n, err := session.Sink(ea, 100_000)
		require.NoError(t, err)
		require.Equal(t, int64(100_000), n)
		d := x.next("StopExternalAccessoryProtocolSession")
		id, _ := d.Uint("SessionID")
		require.Equal(t, uint64(ea.ID()), id)
		x.saw("session closed protocol=" + navigator + " why=done")
	})
}

// With EA03 and status close the accessory ends it: the phone sends no more
// data, and no EA01.
func TestTheAccessoryCloses(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		ea := x.open()
		x.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", ea.ID()), control.F("Status", "close"))
		x.w.Sleep(time.Second)
		ea.Write([]byte("is anybody there?"))
		x.quiet(time.Second)
		x.saw("session closed protocol=" + navigator + " why=done")
		again := x.open() // the app is still up, and opens another
		require.NotEqual(t, ea.ID(), again.ID())
	})
}

// Any other EA03 changes nothing.
func TestEA03ThatClosesNothing(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		ea := x.open()
		for _, fields := range [][]control.Field{
			{control.F("SessionID", ea.ID()), control.F("Status", "ok")},
			{control.F("SessionID", ea.ID()), control.F("Status", 9)},
			{control.F("SessionID", ea.ID())},
			{control.F("SessionID", ea.ID()+1), control.F("Status", "close")},
			{control.F("Status", "close")},
		} {
			x.send("StatusExternalAccessoryProtocolSession", fields...)
		}
		x.w.Sleep(time.Second)
		require.NoError(t, session.Duplex(x.w, ea, 1000))
	})
}

// One session for each protocol that app and accessory share, in the order of
// the identification, each with an id of its own.
func TestOneSessionForEachProtocol(t *testing.T) {
	play(t, "apps: [{bundle: "+navigator+", protocols: [com.example.a, com.example.b, com.example.c], behaviour: echo}]", func(x *script) {
		x.begin(control.F("SupportedExternalAccessoryProtocol", []control.Values{
			protocol(4, "com.example.b"), protocol(5, "com.example.x"), protocol(6, "com.example.a")}))
		x.launch("without-alert")
		b, a := x.opened(4), x.opened(6)
		require.NotEqual(t, a.ID(), b.ID())
		x.quiet(time.Minute)
		require.NoError(t, session.Duplex(x.w, b, 5000))
		require.NoError(t, session.Duplex(x.w, a, 5000))
	})
}

// Without a session for it in the SYN there is no way for the data, so that a
// protocol which is not native is a contradiction.
func TestALinkWithoutExternalAccessorySession(t *testing.T) {
	c := link.DefaultAccessory()
	c.Syn.Sessions = c.Syn.Sessions[:1]
	require.Equal(t, link.SessionControl, c.Syn.Sessions[0].Type)
	playOn(t, overlaid(t, ""), c, func(x *script) {
		x.authenticate()
		x.next("StartIdentification")
		x.send("IdentificationInformation", identification()...)
		require.True(t, x.next("IdentificationRejected").Has("SupportedExternalAccessoryProtocol"))
		x.saw("identification rejected parameter=10 why=protocol " + navigator + " has no external accessory session to run on")
		native := append(protocol(0, navigator), control.F("NativeTransportComponentID", 0))
		x.send("IdentificationInformation", identification(control.F("SupportedExternalAccessoryProtocol", native))...)
		x.next("IdentificationAccepted")
	})
	playOn(t, overlaid(t, "identification: {lenient: true}"), c, func(x *script) {
		x.begin()
		x.launch("without-alert")
		x.quiet(time.Minute)
		x.saw("session refused protocol=" + navigator + " why=phone: the accessory's SYN has no External Accessory session")
	})
}

// A native transport needs USB.
func TestANativeProtocolWithoutUSB(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin(control.F("SupportedExternalAccessoryProtocol", append(protocol(0, navigator), control.F("NativeTransportComponentID", 0))))
		x.launch("without-alert")
		x.quiet(time.Minute)
		x.saw("session refused protocol=" + navigator + " why=phone: no USB between phone and accessory")
	})
}

// A link reset ends the sessions without a word; an app that is up opens a new
// one on the new link.
func TestALinkResetEndsTheSessions(t *testing.T) {
	play(t, app("behaviour: echo, foreground: true"), func(x *script) {
		x.begin()
		first := x.opened(0)
		x.s.Link().Reset(x.w.Now())
		x.s.Turn()
		_, err := io.ReadAll(first)
		var down *session.DownError
		require.ErrorAs(t, err, &down)
		require.NoError(t, x.s.WaitUp(x.w.Now()+5*time.Second))
		x.begin()
		second := x.opened(0)
		require.NotEqual(t, first.ID(), second.ID())
		require.NoError(t, session.Duplex(x.w, second, 1000))
	})
}

func TestBehaviours(t *testing.T) {
	t.Run("source", func(t *testing.T) {
		play(t, app("behaviour: source, bytes: 70000"), func(x *script) {
			x.begin()
			ea := x.open()
			var pattern session.Pattern
			buf := make([]byte, 70_000)
			_, err := io.ReadFull(ea, buf)
			require.NoError(t, err)
			require.NoError(t, pattern.Check(buf))
			x.quiet(time.Minute) // it stays open
			_, err = ea.Write([]byte("for nobody"))
			require.NoError(t, err)
		})
	})
	t.Run("sink", func(t *testing.T) {
		play(t, app("behaviour: sink, bytes: 5000"), func(x *script) {
			x.begin()
			ea := x.open()
			require.NoError(t, session.Source(ea, 4999))
			x.quiet(time.Minute)
			require.NoError(t, session.Source(ea, 1))
			x.next("StopExternalAccessoryProtocolSession")
		})
	})
	t.Run("duplex", func(t *testing.T) {
		play(t, app("behaviour: duplex, bytes: 5000"), func(x *script) {
			x.begin()
			ea := x.open()
			require.NoError(t, session.Duplex(x.w, ea, 5000))
			x.next("StopExternalAccessoryProtocolSession")
		})
	})
}

// CarLife inside the link instead of the native transport. An app that meets
// bytes that are no CarLife ends its session.
func TestCarLifeInsideTheLink(t *testing.T) {
	const name = "com.baidu.CarLifeVehicleProtocol"
	start := func(x *script) *session.EASession {
		x.begin(control.F("SupportedExternalAccessoryProtocol", protocol(0, name)))
		x.send("RequestAppLaunch", control.F("BundleID", "com.baidu.carlife"), control.F("LaunchMethod", "without-alert"))
		return x.opened(0)
	}
	t.Run("garbage", func(t *testing.T) {
		play(t, "", func(x *script) {
			ea := start(x)
			ea.Write(make([]byte, 16)) // channel 0 does not exist
			x.next("StopExternalAccessoryProtocolSession")
			x.saw("CarLife violation rule=framing message=00000000")
		})
	})
	t.Run("closed by the accessory", func(t *testing.T) {
		play(t, "", func(x *script) {
			ea := start(x)
			x.send("StatusExternalAccessoryProtocolSession", control.F("SessionID", ea.ID()), control.F("Status", "close"))
			x.quiet(time.Second)
			x.saw("session closed protocol=" + name + " why=session: CarLife closed: lost: EOF")
		})
	})
}
