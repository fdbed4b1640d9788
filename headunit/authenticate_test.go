package headunit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// withChip runs a script against the default head unit with such a chip.
func withChip(t *testing.T, yaml string, gen mfi.Generation, faults chip.Faults, main func(*script)) {
	t.Helper()
	playOn(t, model(t, yaml), link.Config{}, func(w *sim.World) i2c.Bus { return newChip(t, w, gen, faults) }, main)
}

func TestBothGenerationsOfChips(t *testing.T) {
	for _, gen := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		t.Run(gen.String(), func(t *testing.T) {
			withChip(t, "", gen, chip.Faults{}, func(x *script) {
				x.begin()
				x.saw("authenticated")
				x.reset()
				x.begin() // and again, with the chip that is open
			})
		})
	}
}

// A chip that does not answer leaves the phone without an answer: there is no
// message for it.
func TestChipsThatFail(t *testing.T) {
	for name, tt := range map[string]struct {
		faults      chip.Faults
		certificate bool // is there, and the signature is missing
		want        string
	}{
		"silent":         {chip.Faults{Silent: true}, false, "no coprocessor found"},
		"never wakes":    {chip.Faults{NeverWakes: true}, false, "chip failed"},
		"no certificate": {chip.Faults{NoCertificate: true}, false, "chip failed"},
		"cannot sign":    {chip.Faults{SignError: 5}, true, "chip failed"},
	} {
		t.Run(name, func(t *testing.T) {
			withChip(t, "", mfi.Gen30, tt.faults, func(x *script) {
				x.w.Sleep(10 * time.Second) // the chip is asleep
				x.send("RequestAuthenticationCertificate")
				if tt.certificate {
					x.next("AuthenticationCertificate")
					x.send("RequestAuthenticationChallengeResponse", control.F("Challenge", make([]byte, 32)))
				}
				x.quiet(time.Minute)
				require.Contains(t, x.states[len(x.states)-1], "chip failed why=mfi: ")
				require.Contains(t, x.states[len(x.states)-1], tt.want)
			})
		})
	}
}

func TestNoBusAtAll(t *testing.T) {
	playOn(t, model(t, ""), link.Config{}, func(*sim.World) i2c.Bus { return nil }, func(x *script) {
		x.send("RequestAuthenticationCertificate")
		x.quiet(time.Minute)
		x.saw("chip failed why=headunit: no I2C bus, so no authentication chip")
	})
}

// A chip that failed, or was not found, is asked again the next time.
func TestAChipThatComesBack(t *testing.T) {
	var broken *chip.Chip
	start := chip.Faults{Silent: true}
	playOn(t, model(t, ""), link.Config{}, func(w *sim.World) i2c.Bus {
		c, err := chip.New(chip.Config{Model: chip.ForGeneration(mfi.Gen30), Identity: testca.Test().MustIssue(mfi.Gen30, 1), Faults: start, Seed: 1})
		require.NoError(t, err)
		broken = c
		return chip.NewBus(w, c)
	}, func(x *script) {
		x.send("RequestAuthenticationCertificate")
		x.quiet(30 * time.Second)
		broken.SetFaults(chip.Faults{})
		x.reset()
		x.begin()
		broken.SetFaults(chip.Faults{Silent: true})
		x.reset()
		x.send("RequestAuthenticationCertificate")
		x.quiet(30 * time.Second)
		broken.SetFaults(chip.Faults{})
		x.reset()
		x.begin()
	})
}

// The address is probed for, unless the model knows it.
func TestTheAddressOfTheChip(t *testing.T) {
	withChip(t, "chip: {address: 0x10}", mfi.Gen30, chip.Faults{}, func(x *script) { x.authenticate() })
	withChip(t, "chip: {address: 0x42, timeout: 1s}", mfi.Gen30, chip.Faults{}, func(x *script) {
		x.send("RequestAuthenticationCertificate")
		x.quiet(time.Minute)
		require.Contains(t, x.states[len(x.states)-1], "chip failed")
	})
}

// Mistakes that real head units have made.
func TestQuirksOfTheAuthentication(t *testing.T) {
	good := testca.Test().MustIssue(mfi.Gen30, 1)
	response := func(x *script) (cert, signature []byte) {
		x.send("RequestAuthenticationCertificate")
		cert, _ = x.next("AuthenticationCertificate").Bytes("Certificate")
		x.send("RequestAuthenticationChallengeResponse", control.F("Challenge", make([]byte, 32)))
		signature, _ = x.next("AuthenticationResponse").Bytes("Signature")
		return cert, signature
	}
	play(t, "chip: {bare-x509: true}", func(x *script) {
		cert, _ := response(x)
		require.Equal(t, good.X509(), cert)
	})
	play(t, "chip: {fixed-blob: true}", func(x *script) {
		_, signature := response(x)
		require.Equal(t, good.Certificate(), signature)
	})
	play(t, "chip: {bad-signature: true}", func(x *script) {
		cert, signature := response(x)
		parsed, err := testca.ParseCertificate(cert)
		require.NoError(t, err)
		require.Len(t, signature, 64)
		require.ErrorIs(t, testca.Verifier{}.Response(parsed, make([]byte, 32), signature), testca.ErrResponse)
	})
}

// A challenge that is missing, or of a size that no chip takes, has no answer.
func TestChallengesThatAreNone(t *testing.T) {
	for name, fields := range map[string][]control.Field{
		"missing":   nil,
		"too short": {control.F("Challenge", make([]byte, 7))},
		"too long":  {control.F("Challenge", make([]byte, 300))},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, "", func(x *script) {
				x.send("RequestAuthenticationCertificate")
				x.next("AuthenticationCertificate")
				x.send("RequestAuthenticationChallengeResponse", fields...)
				x.quiet(time.Minute)
				x.authenticate() // the chip works on
			})
		})
	}
}

// The link may go while the chip signs: the signature is not said on the next.
func TestASignatureForALinkThatIsGone(t *testing.T) {
	withChip(t, "", mfi.Gen30, chip.Faults{SigningTime: 1500 * ms}, func(x *script) {
		x.send("RequestAuthenticationCertificate")
		x.next("AuthenticationCertificate")
		x.send("RequestAuthenticationChallengeResponse", control.F("Challenge", make([]byte, 32)))
		x.w.Sleep(100 * ms)
		x.reset()
		x.quiet(10 * time.Second)
		x.begin()
	})
}
