package headunit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// The head unit answers whatever comes, in the phone's order, and does what it
// wants itself when it is both authenticated and identified.
func TestEitherOrder(t *testing.T) {
	play(t, "", func(x *script) {
		x.authenticate()
		x.quiet(time.Minute)
		x.identify()
		x.next("RequestAppLaunch")
		require.Equal(t, []string{"link up", "authenticated", "identified"}, x.states)
	})
	m := model(t, "link: {sessions: [{id: 10, type: control, version: 2}]}")
	playOn(t, m, link.Config{}, nil, func(x *script) {
		x.identify()
		x.quiet(time.Minute)
		x.authenticate()
		x.next("RequestAppLaunch")
	})
	play(t, "", func(x *script) { // version 1, the other way round
		x.send("RequestAuthenticationCertificate")
		x.next("AuthenticationCertificate")
		x.identify()
		x.quiet(time.Minute)
		x.send("AuthenticationSucceeded")
		x.next("RequestAppLaunch")
	})
	play(t, "", func(x *script) { // a phone that does not authenticate
		x.identify()
		x.next("RequestAppLaunch")
	})
}

// A repeated 1D02, as a real iPhone sends it when an acknowledgement is late,
// means nothing new.
func TestARepeatedAcceptance(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		x.next("RequestAppLaunch")
		x.send("IdentificationAccepted")
		x.send("AuthenticationSucceeded")
		x.quiet(time.Minute)
	})
}

// After AA04 the head unit keeps quiet: no second try has ever helped.
func TestAfterAFailedAuthentication(t *testing.T) {
	play(t, "", func(x *script) {
		x.send("RequestAuthenticationCertificate")
		x.next("AuthenticationCertificate")
		x.send("AuthenticationFailed")
		x.quiet(time.Minute)
		x.saw("authentication failed")
	})
}

// With version 2 the identification may come unasked; the phone asks all the
// same, and gets it once.
func TestAnUnpromptedIdentification(t *testing.T) {
	m := model(t, "link: {sessions: [{id: 10, type: control, version: 2}]}\nidentification: {unprompted: true}")
	playOn(t, m, link.Config{}, nil, func(x *script) {
		x.next("IdentificationInformation")
		x.send("StartIdentification")
		x.quiet(time.Second)
		x.send("IdentificationAccepted")
		x.authenticate()
		x.next("RequestAppLaunch")
	})
	play(t, "identification: {unprompted: true}", func(x *script) {
		x.quiet(time.Minute) // version 1: not unasked
		x.begin()
	})
}

// Departures that a phone must bear.
func TestAHeadUnitThatSpeaksTooSoon(t *testing.T) {
	play(t, "identification: {early: true}", func(x *script) {
		x.next("RequestAppLaunch")
		x.begin()
		x.next("RequestAppLaunch")
	})
}

func TestMessagesOfOnesOwn(t *testing.T) {
	play(t, "identification: {unknown-message: 0x40C8, new-language: zh}", func(x *script) {
		x.begin()
		m, err := x.s.Receive(x.w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, uint16(0x40C8), m.ID)
		require.Equal(t, ` CurrentLanguage="zh"`, x.dense("IdentificationInformationUpdate"))
		x.next("RequestAppLaunch")
	})
}

// What nobody knows, or what is malformed inside, is ignored; a newer phone has
// newer messages.
func TestMessagesThatAreIgnored(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		x.next("RequestAppLaunch")
		require.NoError(t, x.s.Send(new(control.Builder).Begin(nil, 0x40C9).Finish()))
		x.send("NowPlayingUpdate", control.F("Media", control.Raw{0, 2, 0}))
		x.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", 0))
		x.send("StopExternalAccessoryProtocolSession")
		x.send("StopExternalAccessoryProtocolSession", control.F("SessionID", 9))
		x.quiet(time.Minute)
		require.Equal(t, 1, x.s.Ups())
		x.saw("message name=40C9")
		require.Contains(t, x.states[4], "malformed message why=")
	})
}

// What a model says may be what no message can carry.
func TestATextThatNoMessageCarries(t *testing.T) {
	play(t, `launch: {bundle: "zero\0inside"}`, func(x *script) {
		x.begin()
		x.quiet(time.Minute)
		require.Contains(t, x.states[len(x.states)-1], "message not sent message=RequestAppLaunch why=")
	})
	play(t, `identity: {name: "zero\0inside"}`, func(x *script) {
		x.authenticate()
		x.send("StartIdentification")
		x.quiet(time.Minute)
		require.Contains(t, x.states[len(x.states)-1], "gave up why=")
		x.send("RequestAuthenticationCertificate")
		x.quiet(time.Minute)
	})
}

// A phone that speaks iAP1 only, or nothing, is noted and waited for no more.
func TestAPhoneWithoutIAP2(t *testing.T) {
	for want, faults := range map[string]link.Faults{
		link.NotSupported.String(): {IAP1Only: true},
		link.GaveUp.String():       {NoMarker: true},
	} {
		t.Run(want, func(t *testing.T) {
			w := sim.New()
			x := &script{t: t, w: w, h: New(w, "car", model(t, ""))}
			w.Observe(x.note)
			require.NoError(t, w.Run(func() {
				near, far := w.Pipe("cable")
				phone := session.NewIAP2(w, "phone", near, link.New(link.Device, link.Config{Faults: faults}))
				phone.Start()
				w.Go("car", func() { x.h.Serve(far, nil) })
				w.Sleep(time.Minute)
				require.Equal(t, []string{"no iAP2 why=session: iAP2 link down: " + want}, x.states)
				phone.Close()
				w.Sleep(time.Second)
				require.Empty(t, w.Waits())
			}))
		})
	}
}

// Violations of the link are noted, and so is every link that goes.
func TestLinkStates(t *testing.T) {
	play(t, "", func(x *script) {
		x.s.Inject([]byte{0xFF, 0x5A, 0x00, 0x10, 0x40, 0xA7, 0xE5, 0x01, 0xCA, 0x40, 0x40, 0x00, 0x06, 0xAA, 0x00, 0x0D})
		x.w.Sleep(time.Second)
		require.Contains(t, x.states[1], "violation detail=")
		x.reset()
		x.saw("link down why=" + link.PeerReset.String())
		require.NoError(t, x.h.Inject([]byte{0}))
	})
	require.EqualError(t, New(sim.New(), "car", model(t, "")).Inject(nil), "headunit: no phone to send to")
}

// EA02 is repeated while no session opens, as often as the model says.
func TestLaunches(t *testing.T) {
	const ask = "launch: {bundle: com.example.app, ask: true, retry: 10s, times: 3}\nprotocols: [{name: com.example.app, match: 1, behaviour: echo}]"
	play(t, ask, func(x *script) {
		x.begin()
		from := x.w.Now()
		for i := range 3 {
			require.Equal(t, ` BundleID="com.example.app" LaunchMethod=ask`, x.dense("RequestAppLaunch"))
			require.Equal(t, time.Duration(i)*10*time.Second, x.w.Now()-from)
		}
		x.quiet(time.Minute)
	})
	play(t, ask, func(x *script) {
		x.begin()
		x.next("RequestAppLaunch")
		x.send("StartExternalAccessoryProtocolSession", control.F("ProtocolID", 0), control.F("SessionID", 1))
		x.next("StatusExternalAccessoryProtocolSession")
		x.quiet(time.Minute) // a session is open
	})
	play(t, ask, func(x *script) {
		x.begin()
		x.next("RequestAppLaunch")
		x.reset()
		x.quiet(time.Minute) // not before the new link is trusted
		x.begin()
		x.next("RequestAppLaunch")
		x.next("RequestAppLaunch")
	})
	play(t, "launch: {bundle: com.example.app}", func(x *script) {
		x.begin()
		require.Equal(t, ` BundleID="com.example.app" LaunchMethod=without-alert`, x.dense("RequestAppLaunch"))
		x.quiet(time.Minute) // once
	})
}
