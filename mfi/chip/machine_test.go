package chip_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
)

// Whatever a host does, and whatever is broken: the chip never panics, and a patient host reads back what it wrote.
func TestRandomTransactions(t *testing.T) {
	accessories := map[mfi.Generation]*testca.Accessory{}
	for _, g := range []mfi.Generation{mfi.Gen20, mfi.Gen30} {
		accessories[g] = testca.Test().MustIssue(g, 1)
	}
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom([]mfi.Generation{mfi.Gen20, mfi.Gen30}).Draw(t, "generation")
		model := chip.ForGeneration(g)
		model.Behaviour.RepeatedStart = rapid.SampledFrom([]chip.RepeatedStart{chip.RepeatedStartRefuse, chip.RepeatedStartAccept}).Draw(t, "restart")
		model.Behaviour.Wake = rapid.SampledFrom([]chip.Wake{chip.WakeNACK, chip.WakeStretch}).Draw(t, "wake")
		model.Behaviour.Signing = rapid.SampledFrom([]chip.Signing{chip.SigningNACK, chip.SigningPoll}).Draw(t, "signing")
		c, err := chip.New(chip.Config{Model: model, Identity: accessories[g], RSTHigh: rapid.Bool().Draw(t, "rst")})
		if err != nil {
			t.Fatal(err)
		}
		m := &machine{t: t, chip: c, challenge: make([]byte, g.ChallengeSize()), g: g}
		t.Repeat(rapid.StateMachineActions(m))
	})
}

// machine is a host that knows what the challenge register must hold.
type machine struct {
	t         *rapid.T
	chip      *chip.Chip
	g         mfi.Generation
	now       time.Duration
	challenge []byte
}

// patient repeats a transaction until it is acknowledged; a healthy chip with power takes less than a second.
func (m *machine) patient(w, r []byte) {
	for limit := m.now + time.Second; ; m.now += 400 * us {
		stretch, err := m.chip.Tx(m.now, w, r)
		m.now += stretch
		if err == nil {
			return
		}
		if m.now > limit {
			m.t.Fatalf("no answer within a second: %v", err)
		}
	}
}

func (m *machine) Wait(t *rapid.T) {
	m.now += time.Duration(rapid.Int64Range(0, int64(6*time.Second)).Draw(t, "wait"))
}

func (m *machine) WriteChallenge(t *rapid.T) {
	data := rapid.SliceOfN(rapid.Byte(), 1, len(m.challenge)).Draw(t, "challenge")
	m.patient(append([]byte{byte(mfi.RegChallenge)}, data...), nil)
	copy(m.challenge, data)
}

func (m *machine) ImpatientRead(t *rapid.T) {
	_, _ = m.chip.Tx(m.now, nil, make([]byte, rapid.IntRange(1, 2000).Draw(t, "n")))
}

func (m *machine) ImpatientPointer(t *rapid.T) {
	_, _ = m.chip.Tx(m.now, []byte{rapid.Byte().Draw(t, "register")}, nil)
}

func (m *machine) Combined(t *rapid.T) {
	_, _ = m.chip.Tx(m.now, []byte{rapid.Byte().Draw(t, "register")}, make([]byte, 3))
}

func (m *machine) Sign(t *rapid.T) {
	m.patient([]byte{byte(mfi.RegControlStatus), 1}, nil)
}

func (m *machine) PowerCycle(t *rapid.T) {
	before := m.chip.EventCounter(m.now)
	m.chip.PowerOff(m.now)
	m.now += 100 * ms
	m.chip.PowerOn(m.now)
	if after := m.chip.EventCounter(m.now); after != before {
		t.Fatalf("the event counter went from %d to %d without power", before, after)
	}
	clear(m.challenge)
}

// Check reads the challenge back, and the constants.
func (m *machine) Check(t *rapid.T) {
	got := make([]byte, len(m.challenge))
	m.patient([]byte{byte(mfi.RegChallenge)}, nil)
	m.patient(nil, got)
	if string(got) != string(m.challenge) {
		t.Fatalf("challenge reads % X, wrote % X", got, m.challenge)
	}
	m.patient([]byte{byte(mfi.RegProtocolMajor)}, nil)
	m.patient(nil, got[:1])
	if got[0] != byte(m.g) {
		t.Fatalf("protocol version reads %d, want %d", got[0], m.g)
	}
}

func FuzzChipTx(f *testing.F) {
	f.Add(byte(2), []byte{0x00, 10, 1, 0x31, 0x80, 5, 0x90})
	f.Add(byte(3), []byte{0x01, 30, 33, 0x21, 1, 2, 3, 4, 0x03, 20, 2, 0x10, 1})
	f.Add(byte(0x83), []byte{0x04, 0, 0x05, 0, 0x06, 0, 1, 0})
	accessories := map[mfi.Generation]*testca.Accessory{mfi.Gen20: testca.Test().MustIssue(2, 1), mfi.Gen30: testca.Test().MustIssue(3, 1)}
	f.Fuzz(func(t *testing.T, kind byte, script []byte) {
		g := mfi.Gen20 + mfi.Generation(kind&1)
		model := chip.ForGeneration(g)
		if kind&2 != 0 {
			model.Behaviour.RepeatedStart = chip.RepeatedStartAccept
		}
		if kind&4 != 0 {
			model.Behaviour.Increment = chip.IncrementCoarse
		}
		c, err := chip.New(chip.Config{Model: model, Identity: accessories[g], Faults: chip.Faults{
			AckWhileSigning: kind&8 != 0, StickyError: kind&16 != 0, ForgetsPointer: kind&32 != 0, SignatureLength: int(kind >> 6),
		}})
		if err != nil {
			t.Fatal(err)
		}
		c.SetRST(0, kind&128 != 0)
		runScript(c, script)
	})
}

// runScript reads a list of [operation, milliseconds, length, bytes...].
func runScript(c *chip.Chip, script []byte) {
	now := 10 * ms
	take := func() byte {
		if len(script) == 0 {
			return 0
		}
		b := script[0]
		script = script[1:]
		return b
	}
	for len(script) > 0 {
		op := take()
		now += time.Duration(take()) * ms
		switch op % 8 {
		case 0, 1, 2, 3:
			n := min(int(take()), len(script))
			w := script[:n]
			script = script[n:]
			var r []byte
			if op&1 != 0 {
				r = make([]byte, int(op)*4)
			}
			_, _ = c.Tx(now, w, r)
		case 4:
			c.PowerOff(now)
		case 5:
			c.PowerOn(now)
		case 6:
			c.SetRST(now, op&8 != 0)
		case 7:
			_, _ = c.Start(now, op&8 != 0, op&16 != 0, time.Millisecond)
			c.Write(script[:min(len(script), 3)])
			c.Read(now, make([]byte, op))
		}
	}
}
