package phone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// earlyLaunch asks for the app before the phone has heard who asks.
func earlyLaunch(x *script) {
	x.launch("without-alert")
	x.begin()
}

func TestAnEarlyLaunchIsIgnored(t *testing.T) {
	play(t, "", func(x *script) {
		earlyLaunch(x)
		x.quiet(time.Minute)
		x.saw("message ignored message=RequestAppLaunch why=too early")
	})
}

func TestHonourEarly(t *testing.T) {
	play(t, "identification: {honour-early: true}", func(x *script) {
		earlyLaunch(x)
		x.opened(0)
	})
}

func TestAUserWhoIsAskedAnyhow(t *testing.T) {
	play(t, "user: {asked: true, ignores: true}", func(x *script) {
		x.begin()
		x.launch("without-alert")
		x.quiet(time.Minute)
		x.saw("prompt ignored bundle=" + navigator)
	})
}

func TestNoNotifications(t *testing.T) {
	wanted := control.F("MessagesReceivedFromDevice", received(control.MsgDeviceLanguageUpdate))
	play(t, "", func(x *script) {
		x.begin(wanted)
		x.next("DeviceLanguageUpdate")
	})
	play(t, "identification: {no-notifications: true}", func(x *script) {
		x.begin(wanted)
		x.quiet(time.Minute)
	})
}

func TestAnythingIsACertificate(t *testing.T) {
	play(t, "authentication: {accept: anything}", func(x *script) {
		x.next("RequestAuthenticationCertificate")
		x.send("AuthenticationCertificate", control.F("Certificate", []byte("none")))
		challenge, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
		require.Len(t, challenge, 32)
		x.send("AuthenticationResponse", control.F("Signature", []byte{0}))
		x.next("AuthenticationSucceeded")
	})
}

func TestAuthenticationFirst(t *testing.T) {
	c := link.DefaultAccessory()
	c.Syn.Sessions[0].Version = 2
	playOn(t, overlaid(t, ""), c, func(x *script) { x.next("StartIdentification") })
	playOn(t, overlaid(t, "authentication: {first: true}"), c, func(x *script) { x.next("RequestAuthenticationCertificate") })
}

// The link's faults are those of the engine.
func TestLinkFaults(t *testing.T) {
	for yaml, want := range map[string]link.Faults{
		"link: {no-retransmit: true}":    {NoRetransmit: true},
		"link: {ignore-window: true}":    {IgnoreWindow: true},
		"link: {ignore-reset: true}":     {IgnoreReset: true},
		"link: {always-ack: true}":       {AlwaysAck: true},
		"link: {reset-on-garbage: true}": {ResetOnGarbage: true},
	} {
		p := &Phone{p: overlaid(t, yaml)}
		require.Equal(t, want, p.linkConfig().Faults, yaml)
	}
}
