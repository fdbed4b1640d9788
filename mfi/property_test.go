package mfi_test

import (
	"fmt"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

// opaqueBus hides why a transfer failed, as periph.io's sysfs bus does.
type opaqueBus struct{ i2c.Bus }

func (o opaqueBus) Tx(addr uint16, w, r []byte) error {
	if err := o.Bus.Tx(addr, w, r); err != nil {
		return fmt.Errorf("sysfs-i2c: %v", err)
	}
	return nil
}

// The driver serves every chip whose timing lies in the range that was measured, on every adapter fast enough to keep it awake.
func TestEveryHealthyChipIsServed(t *testing.T) {
	accessories := map[mfi.Generation]*testca.Accessory{mfi.Gen20: testca.Test().MustIssue(2, 1), mfi.Gen30: testca.Test().MustIssue(3, 1)}
	rapid.Check(t, func(t *rapid.T) {
		duration := func(name string, from, to time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(int64(from), int64(to)).Draw(t, name))
		}
		g := rapid.SampledFrom([]mfi.Generation{mfi.Gen20, mfi.Gen30}).Draw(t, "generation")
		model := chip.ForGeneration(g)
		model.Timing = chip.Timing{
			PowerUp: duration("power-up", 0, 20*ms), Idle: duration("idle", 30*ms, 4*time.Second),
			Wake: duration("wake", 0, ms), WakeStretch: duration("stretch", 0, 20*ms),
			Pointer: duration("pointer", 0, 3*ms), Challenge: duration("challenge", 0, 20*ms),
			Signing: duration("signing", 0, 1900*ms), Process: ms,
		}
		model.Behaviour.Wake = rapid.SampledFrom([]chip.Wake{chip.WakeNACK, chip.WakeStretch}).Draw(t, "wakes by")
		model.Behaviour.Signing = rapid.SampledFrom([]chip.Signing{chip.SigningNACK, chip.SigningPoll}).Draw(t, "signs by")
		part, err := chip.New(chip.Config{Model: model, Identity: accessories[g], RSTHigh: rapid.Bool().Draw(t, "rst")})
		if err != nil {
			t.Fatal(err)
		}
		clock := &chip.VirtualClock{}
		clock.Sleep(duration("first look", 0, 10*time.Second))
		bus := chip.NewBus(clock, part)
		if err := bus.SetSpeed(physic.Frequency(rapid.Int64Range(50, 400).Draw(t, "kHz")) * physic.KiloHertz); err != nil {
			t.Fatal(err)
		}
		adapter := &slowBus{Bus: bus, clock: clock, transfer: duration("transfer", 0, 4*ms), recovery: duration("recovery", 0, 12*ms)}
		opts := mfi.Options{Style: mfi.CertificateStyle(rapid.IntRange(0, 3).Draw(t, "style"))}
		c, err := mfi.Open(opaqueBus{adapter}, clock, opts)
		if err != nil {
			t.Fatal(err)
		}
		blob, err := c.Certificate()
		if err != nil {
			t.Fatal(err)
		}
		clock.Sleep(duration("pause", 0, 5*time.Second))
		challenge := rapid.SliceOfN(rapid.Byte(), g.ChallengeSize(), g.ChallengeSize()).Draw(t, "bytes")
		response, err := c.Sign(challenge)
		if err != nil {
			t.Fatal(err)
		}
		if err := (testca.Verifier{}).VerifyResponse(blob, challenge, response); err != nil {
			t.Fatal(err)
		}
	})
}

// fuzzBus answers from a list of bytes: one that is a multiple of 5 is a NACK, the others are what is read.
type fuzzBus struct {
	clock   *chip.VirtualClock
	answers []byte
}

func (f *fuzzBus) String() string                  { return "fuzz" }
func (f *fuzzBus) SetSpeed(physic.Frequency) error { return nil }

func (f *fuzzBus) Tx(_ uint16, _, r []byte) error {
	f.clock.Sleep(100 * us)
	if len(f.answers) == 0 {
		return mfi.ErrNACK
	}
	first := f.answers[0]
	f.answers = f.answers[1:]
	if first%5 == 0 && first > 0 {
		return mfi.ErrNACK
	}
	f.answers = f.answers[copy(r, f.answers):]
	return nil
}

// Whatever a chip answers, the driver neither panics nor hangs.
func FuzzDriver(f *testing.F) {
	f.Add([]byte{1, 1, 5, 1, 1, 2}, byte(0))
	f.Add([]byte{1, 1, 7, 1, 1, 3, 1, 1, 0, 5, 1, 1, 0x30, 3, 1, 2, 3}, byte(1))
	f.Add([]byte{1, 1, 7, 1, 1, 3, 1, 1, 1, 1, 0x10, 1, 1, 0, 64}, byte(2))
	f.Fuzz(func(t *testing.T, answers []byte, style byte) {
		clock := &chip.VirtualClock{}
		opts := mfi.Options{Style: mfi.CertificateStyle(style % 4), AcceptUnknownVersion: true, Timeout: 50 * ms, SignTimeout: 100 * ms}
		c, err := mfi.Open(&fuzzBus{clock, answers}, clock, opts)
		if err != nil {
			return
		}
		_, _ = c.Info()
		_, _ = c.SerialNumber()
		if blob, err := c.Certificate(); err == nil && len(blob) > c.Generation().MaxCertificateSize() {
			t.Fatalf("a certificate of %d bytes", len(blob))
		}
		if response, err := c.Sign(make([]byte, c.Generation().ChallengeSize())); err == nil && len(response) != c.Generation().ResponseSize() {
			t.Fatalf("a signature of %d bytes", len(response))
		}
		_, _ = c.SelfTest()
		_ = c.AwaitPowerOff(time.Second)
		_ = c.Sleep()
		if limit := 10*time.Second + time.Duration(len(answers))*10*ms; clock.Now() > limit {
			t.Fatalf("took %v", clock.Now())
		}
	})
}
