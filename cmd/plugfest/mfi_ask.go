package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
)

type mfiInfoCmd struct {
	Certificate string `placeholder:"FILE" type:"path" help:"Keep the certificate (DER, PKCS#7) in this file."`
}

// Run prints what a chip says of itself.
func (c *mfiInfoCmd) Run(a *app, m *mfiCmd) error {
	return m.with(a, func(b *mfiBench) error {
		info, err := b.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%v on %v\n", b, b.bus)
		a.row("device version", "0x%02X", info.DeviceVersion)
		a.row("firmware version", "0x%02X", info.FirmwareVersion)
		a.row("protocol", "%d.%d", info.ProtocolMajor, info.ProtocolMinor)
		a.row("device ID", "0x%08X", info.DeviceID)
		serial, err := b.SerialNumber()
		if err != nil {
			return err
		}
		a.row("serial number", "%s", serial)
		if n, err := b.SystemEventCounter(); err == nil {
			a.row("event counter", "%d", n)
		} else if !errors.Is(err, mfi.ErrUnsupported) {
			return err
		}
		blob, err := b.Coprocessor.Certificate()
		if err != nil {
			return err
		}
		if c.Certificate != "" {
			if err := os.WriteFile(c.Certificate, blob, 0o644); err != nil {
				return err
			}
		}
		return a.certificate(blob)
	})
}

func (a *app) row(name, format string, args ...any) {
	fmt.Fprintf(a.out, "%-17s %s\n", name, fmt.Sprintf(format, args...))
}

// certificate prints what a certificate says.
func (a *app) certificate(blob []byte) error {
	a.row("certificate", "%d bytes", len(blob))
	cert, err := testca.ParseCertificate(blob)
	if err != nil {
		return fmt.Errorf("%w: %w", errChip, err)
	}
	a.row("  subject", "%s", cert.X509.Subject)
	a.row("  issuer", "%s", cert.X509.Issuer)
	a.row("  number", "%X", cert.X509.SerialNumber)
	a.row("  key", "%v, of a %v", cert.X509.PublicKeyAlgorithm, cert.Generation)
	a.row("  signed", "%v", cert.X509.SignatureAlgorithm)
	a.row("  valid", "%s to %s; phones do not look", cert.X509.NotBefore.Format("2006-01-02"), cert.X509.NotAfter.Format("2006-01-02"))
	if cert.Capabilities != nil {
		a.row("  capabilities", "%X", cert.Capabilities)
	}
	trust := "the simulated phone: Plugfest's test authority has issued it"
	if _, err := (testca.Verifier{}).Certificate(blob); err != nil {
		trust = "not the simulated phone, unless it is told to take every well-formed certificate"
	}
	a.row("  trusted by", "%s", trust)
	return nil
}

type mfiSignCmd struct {
	Challenge string `arg:"" optional:"" help:"In hexadecimal: 20 bytes for a 2.0, 32 for a 3.0; random when left out."`
}

// Help is shown below the flags.
func (mfiSignCmd) Help() string {
	return "Example:\n\n    plugfest mfi sign --bus sim:2.0C 0102030405060708090a0b0c0d0e0f1011121314\n"
}

// Run prints a signature.
func (c *mfiSignCmd) Run(a *app, m *mfiCmd) error {
	challenge, err := hex.DecodeString(strings.ReplaceAll(c.Challenge, " ", ""))
	if err != nil {
		return usageError{fmt.Errorf("challenge %s: want hexadecimal digits: %w", c.Challenge, err)}
	}
	return m.with(a, func(b *mfiBench) error {
		if c.Challenge == "" {
			challenge = randomChallenge(b.Generation())
		}
		start := b.world.Now()
		response, err := b.Coprocessor.Sign(challenge)
		if err != nil {
			return err
		}
		a.row("challenge", "%x", challenge)
		a.row("response", "%x", response)
		a.row("took", "%v", round(b.world.Now()-start))
		return nil
	})
}

// randomChallenge draws from the machine: this is no part of a world.
func randomChallenge(g mfi.Generation) []byte {
	b := make([]byte, g.ChallengeSize())
	_, _ = rand.Read(b) // never fails
	return b
}

type mfiVerifyCmd struct {
	Count whole `default:"1" short:"n" placeholder:"N" help:"How many signatures; default ${default}."`
}

// Help is shown below the flags.
func (mfiVerifyCmd) Help() string {
	return "Example:\n\n    plugfest mfi verify --bus i2c:/dev/i2c-1 --count 100\n"
}

// Run checks signatures against the chip's own certificate, whoever has issued that.
func (c *mfiVerifyCmd) Run(a *app, m *mfiCmd) error {
	return m.with(a, func(b *mfiBench) error {
		blob, err := b.Coprocessor.Certificate()
		if err != nil {
			return err
		}
		verifier := testca.Verifier{Policy: testca.CheckSignature}
		if _, err := verifier.Certificate(blob); err != nil {
			return fmt.Errorf("%w: %w", errChip, err)
		}
		wrong := 0
		for n := whole(1); n <= c.Count; n++ {
			challenge := randomChallenge(b.Generation())
			start := b.world.Now()
			response, err := b.Coprocessor.Sign(challenge)
			if err != nil {
				return err
			}
			verdict := "good"
			if err := verifier.VerifyResponse(blob, challenge, response); err != nil {
				verdict = err.Error()
				wrong++
			}
			fmt.Fprintf(a.out, "signature %d in %v: %s\n", n, round(b.world.Now()-start), verdict)
		}
		if wrong > 0 {
			return fmt.Errorf("%w: %d of %d signatures are wrong", errChip, wrong, c.Count)
		}
		return nil
	})
}

type mfiSelfTestCmd struct{}

// Help is shown below the flags.
func (mfiSelfTestCmd) Help() string {
	return "Example:\n\n    plugfest mfi self-test --bus i2c:/dev/i2c-1\n"
}

// Run prints the result of a self test.
func (mfiSelfTestCmd) Run(a *app, m *mfiCmd) error {
	return m.with(a, func(b *mfiBench) error {
		result, err := b.Coprocessor.SelfTest()
		if err != nil && !errors.Is(err, mfi.ErrSelfTest) {
			return err
		}
		has := func(bit mfi.SelfTest) string {
			if result&bit != 0 {
				return "present"
			}
			return "missing"
		}
		a.row("result", "0x%02X", uint8(result))
		a.row("certificate", "%s", has(mfi.SelfTestCertificate))
		a.row("private key", "%s", has(mfi.SelfTestPrivateKey))
		return err
	})
}
