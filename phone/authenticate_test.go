package phone

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// Version 1 of the control session: authentication, then identification. The
// times are the persona's.
func TestAuthenticationComesFirst(t *testing.T) {
	play(t, "", func(x *script) {
		x.after(0, "RequestAuthenticationCertificate")
		x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
		challenge, ok := x.after(60*ms, "RequestAuthenticationChallengeResponse").Bytes("Challenge")
		require.True(t, ok)
		require.Len(t, challenge, 32)
		signature, err := x.chip.Sign(challenge)
		require.NoError(t, err)
		x.w.Sleep(1900 * ms) // the slowest signature that a real phone took
		x.send("AuthenticationResponse", control.F("Signature", signature))
		x.after(40*ms, "AuthenticationSucceeded")
		x.after(0, "StartIdentification")
		x.send("IdentificationInformation", identification()...)
		x.after(30*ms, "IdentificationAccepted")
		require.Equal(t, []string{"link up", "authenticated", "identified name=Script", "accessory ready"}, x.states)
	})
}

// Version 2: identification, even unasked for, then authentication; nothing is
// honoured before both are done.
func TestIdentificationComesFirstWithVersion2(t *testing.T) {
	c := link.DefaultAccessory()
	for i := range c.Syn.Sessions {
		if c.Syn.Sessions[i].Type == link.SessionControl {
			c.Syn.Sessions[i].Version = 2
		}
	}
	playOn(t, overlaid(t, ""), c, func(x *script) {
		x.send("IdentificationInformation", identification(takes(control.MsgDeviceLanguageUpdate)...)...)
		x.next("StartIdentification")
		x.after(30*ms, "IdentificationAccepted")
		x.after(0, "RequestAuthenticationCertificate")
		x.send("RequestAppLaunch", control.F("BundleID", navigator), control.F("LaunchMethod", "without-alert"))
		x.quiet(5 * time.Second)
		x.saw("message ignored message=RequestAppLaunch why=too early")
		x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
		challenge, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
		signature, _ := x.chip.Sign(challenge)
		x.send("AuthenticationResponse", control.F("Signature", signature))
		x.next("AuthenticationSucceeded")
		x.next("DeviceLanguageUpdate")
	})
}

// Nothing but the key in the certificate tells the phone how long the challenge
// must be.
func TestTheCertificateDecidesTheChallenge(t *testing.T) {
	for gen, size := range map[mfi.Generation]int{mfi.Gen20: 20, mfi.Gen30: 32} {
		t.Run(gen.String(), func(t *testing.T) {
			play(t, "", func(x *script) {
				x.chip = testca.Test().MustIssue(gen, 1)
				x.next("RequestAuthenticationCertificate")
				x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
				challenge, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
				require.Len(t, challenge, size)
				signature, err := x.chip.Sign(challenge)
				require.NoError(t, err)
				x.send("AuthenticationResponse", control.F("Signature", signature))
				x.next("AuthenticationSucceeded")
			})
		})
	}
}

// No challenge comes twice, and the same seed gives the same ones.
func TestChallengesDiffer(t *testing.T) {
	challenges := func() (all [][]byte) {
		play(t, "", func(x *script) {
			for range 3 {
				x.next("RequestAuthenticationCertificate")
				x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
				c, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
				all = append(all, bytes.Clone(c))
				x.s.Link().Reset(x.w.Now())
				x.s.Turn()
				require.NoError(t, x.s.WaitUp(x.w.Now()+5*time.Second))
			}
		})
		return all
	}
	first := challenges()
	require.NotEqual(t, first[0], first[1])
	require.NotEqual(t, first[1], first[2])
	require.Equal(t, first, challenges())
}

// An accessory that cannot prove itself hears AA04 once, and then nothing at
// all, whatever it tries.
func TestAuthenticationFails(t *testing.T) {
	good := testca.Test().MustIssue(mfi.Gen30, 1)
	untrusted := testca.Untrusted().MustIssue(mfi.Gen30, 2)
	spoiled := good.Certificate()
	spoiled[len(spoiled)-60] ^= 1
	flip := func(b []byte) []byte { b[5] ^= 1; return b }
	tests := map[string]struct {
		persona     string
		certificate []byte // nil: none in AA01
		sign        func(challenge []byte) []byte
		atOnce      bool // after the certificate already
		want        string
	}{
		"certificate of nobody known": {"", untrusted.Certificate(), nil, true, "not issued by the trusted authority"},
		"certificate damaged":         {"", spoiled, nil, true, "certificate"},
		"certificate cut":             {"", good.Certificate()[:300], nil, true, "malformed certificate"},
		"bare X.509":                  {"", good.X509(), nil, true, "malformed certificate"},
		"no certificate":              {"", nil, nil, true, "parameter missing"},
		"signature damaged":           {"", good.Certificate(), func(c []byte) []byte { s, _ := good.Sign(c); return flip(s) }, false, "challenge response is wrong"},
		"signature of another":        {"", good.Certificate(), func(c []byte) []byte { s, _ := untrusted.Sign(c); return s }, false, "challenge response is wrong"},
		"certificate as signature":    {"", good.Certificate(), func([]byte) []byte { return good.Certificate() }, false, "challenge response is wrong"},
		"empty signature":             {"", good.Certificate(), func([]byte) []byte { return nil }, false, "challenge response is wrong"},
		"persona refuses certificates": {"authentication: {fail-at: certificate}", good.Certificate(), nil, true,
			"this persona refuses every certificate"},
		"persona refuses responses": {"authentication: {fail-at: response}", good.Certificate(),
			func(c []byte) []byte { s, _ := good.Sign(c); return s }, false, "this persona refuses every response"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, tt.persona, func(x *script) {
				x.next("RequestAuthenticationCertificate")
				if tt.certificate == nil {
					x.send("AuthenticationCertificate")
				} else {
					x.send("AuthenticationCertificate", control.F("Certificate", tt.certificate))
				}
				if !tt.atOnce {
					challenge, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
					x.send("AuthenticationResponse", control.F("Signature", tt.sign(challenge)))
				}
				x.next("AuthenticationFailed")
				x.send("IdentificationInformation", identification()...)
				x.send("RequestAppLaunch", control.F("BundleID", navigator))
				x.quiet(time.Minute)
				require.Len(t, x.states, 2)
				require.Contains(t, x.states[1], "accessory ignored why=authentication failed: ")
				require.Contains(t, x.states[1], tt.want)
			})
		})
	}
}

func TestTheWayOfJudgingIsThePersonas(t *testing.T) {
	untrusted := testca.Untrusted().MustIssue(mfi.Gen30, 1)
	noise := func([]byte) []byte { return make([]byte, 64) }
	sign := func(c []byte) []byte { s, _ := untrusted.Sign(c); return s }
	for name, tt := range map[string]struct {
		accept string
		sign   func([]byte) []byte
		want   string
	}{
		"any issuer, good signature": {"signature", sign, "AuthenticationSucceeded"},
		"any issuer, bad signature":  {"signature", noise, "AuthenticationFailed"},
		"form alone":                 {"any", noise, "AuthenticationSucceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, "authentication: {accept: "+tt.accept+"}", func(x *script) {
				x.next("RequestAuthenticationCertificate")
				x.send("AuthenticationCertificate", control.F("Certificate", untrusted.Certificate()))
				challenge, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
				x.send("AuthenticationResponse", control.F("Signature", tt.sign(challenge)))
				x.next(tt.want)
			})
		})
	}
}

// An accessory whose chip is dead says nothing: the phone gives up after its
// patience.
func TestNoCertificateInTime(t *testing.T) {
	play(t, "", func(x *script) {
		x.next("RequestAuthenticationCertificate")
		x.after(10*time.Second, "AuthenticationFailed")
		x.quiet(time.Minute)
		x.saw("accessory ignored why=authentication failed: phone: no AuthenticationCertificate within 10s")
	})
}

func TestNoResponseInTime(t *testing.T) {
	play(t, "timing: {authenticate: 4s}", func(x *script) {
		x.next("RequestAuthenticationCertificate")
		x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
		x.next("RequestAuthenticationChallengeResponse")
		x.after(4*time.Second, "AuthenticationFailed")
	})
}

func TestAPhoneOfEndlessPatience(t *testing.T) {
	play(t, "timing: {authenticate: 0s}", func(x *script) {
		x.next("RequestAuthenticationCertificate")
		x.quiet(30 * time.Minute)
		x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
		x.next("RequestAuthenticationChallengeResponse")
	})
}

func TestAuthenticationCanBeLeftOut(t *testing.T) {
	play(t, "authentication: {skip: true}", func(x *script) {
		x.identify()
		x.saw("accessory ready")
	})
}

// After a reset everything starts from the beginning.
func TestALinkResetForgetsTheAuthentication(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		x.s.Link().Reset(x.w.Now())
		x.s.Turn()
		require.NoError(t, x.s.WaitUp(x.w.Now()+5*time.Second))
		x.begin()
		require.Equal(t, []string{
			"link up", "authenticated", "identified name=Script", "accessory ready",
			"link down why=" + link.PeerReset.String(),
			"link up", "authenticated", "identified name=Script", "accessory ready",
		}, x.states)
	})
}

// A phone resets the link on its own where its persona says so; it does not send
// AA04 after a link that is gone.
func TestThePhoneResetsTheLink(t *testing.T) {
	play(t, "link: {reset-after: 2}", func(x *script) {
		x.next("RequestAuthenticationCertificate")
		x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
		require.True(t, x.s.WaitDown(x.w.Now()+time.Second))
		require.NoError(t, x.s.WaitUp(x.w.Now()+5*time.Second))
		x.begin()
	})
}
