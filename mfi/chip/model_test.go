package chip_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

func TestModelsOfTheField(t *testing.T) {
	two, three := chip.MFi20C(), chip.MFi30()
	assert.Equal(t, "2.0C", two.Name)
	assert.Equal(t, "3.0", three.Name)
	assert.Equal(t, []uint8{1, 2, 3, 4}, two.Processes)
	assert.Equal(t, 30*time.Millisecond, two.Timing.Idle)
	assert.Equal(t, 4*time.Second, three.Timing.Idle)
	assert.Equal(t, mfi.ErrorCode(0x0B), two.Errors.Sequence)
	assert.Equal(t, mfi.ErrorCode(0x05), three.Errors.Sequence)
	for _, m := range []*chip.Model{two, three} {
		assert.Equal(t, m.Generation.ChallengeSize(), m.ChallengeSize)
		assert.Equal(t, m.Generation.ResponseSize(), m.ResponseSize)
		assert.Equal(t, chip.Behaviour{RepeatedStart: "refuse", Increment: "fine", Wake: "nack", Signing: "nack",
			LengthWrite: m.Behaviour.LengthWrite}, m.Behaviour)
	}
	two.Name = "changed"
	assert.Equal(t, "2.0C", chip.MFi20C().Name, "a copy of one's own")
	assert.Nil(t, chip.ForGeneration(mfi.GenUnknown))
	assert.Equal(t, "3.0", chip.ForGeneration(mfi.Gen30).Name)
}

func modelText(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("models/" + name)
	require.NoError(t, err)
	return string(text)
}

func TestParseModelRefuses(t *testing.T) {
	good := modelText(t, "2.0c.yaml")
	for _, tt := range []struct {
		name, old, new, message string
	}{
		{"unknown key", "part:", "paart:", "paart"},
		{"address", "rst-low: 0x10", "rst-low: 0x7F", "address: 0x7F is not a usable 7-bit address, want 0x08 to 0x77"},
		{"clock", "max-clock-hz: 400000", "max-clock-hz: 0", "max-clock-hz: 0, want a positive frequency"},
		{"generation", "generation: 2", "generation: 4", "generation: 4, want 2 or 3"},
		{"process", "[1, 2, 3, 4]", "[1, 9]", "processes: 9, want 1 to 4"},
		{"size", "role: error,                     size: 1", "role: error, size: 0", "registers[5] (0x05): size is 0, want 1 to 256"},
		{"count", "count: 10", "count: 300", "registers[12] (0x31): count is 300, want registers up to 0xFF"},
		{"access", "access: rw}", "access: wr}", `registers[6] (0x10): access is "wr", want r, rw or w`},
		{"value", "value: 0x05", "value: 0x105", "registers[0] (0x00): value 0x105 does not fit 1 bytes"},
		{"overlap", "count: 10", "count: 16", "registers[13] (0x40): register 0x40 is listed twice"},
		{"role", "role: self-test", "role: self-care", `registers[13] (0x40): unknown role "self-care"`},
		{"two of a role", "role: self-test", "role: error", `registers[13] (0x40): a second register with role "error"`},
		{"too small for its role", "role: certificate-length,        size: 2", "role: certificate-length, size: 1",
			`registers[11] (0x30): 1 bytes are too few for role "certificate-length"`},
		{"role missing", "role: response, ", "role: constant, ", `registers: none has role "response"`},
		{"challenge size", "challenge-size: 20", "challenge-size: 129", "challenge-size: 129, want 1 to 128"},
		{"response size", "response-size: 128", "response-size: 0", "response-size: 0, want 1 to 128"},
		{"negative time", "power-up: 10ms", "power-up: -10ms", "timing: -10ms, want 0 to 1 h"},
		{"never awake", "idle: 30ms", "idle: 0s", "timing: idle is 0, and the chip would never be awake"},
		{"repeated start", "repeated-start: refuse", "repeated-start: maybe", `repeated-start is "maybe", want refuse or accept`},
		{"increment", "increment: fine", "increment: odd", `increment is "odd", want fine or coarse`},
		{"wake", "wake: nack", "wake: coffee", `wake is "coffee", want nack or stretch`},
		{"signing", "signing: nack", "signing: slowly", `signing is "slowly", want nack or poll`},
		{"length write", "signing: nack", "signing: nack\n  length-write: no!", `length-write is "no!", want refuse or tolerate`},
		{"too long", "name:", "# " + strings.Repeat("x", 1<<16) + "\nname:", "bytes of YAML, at most 65536 are read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, good, tt.old)
			_, err := chip.ParseModel([]byte(strings.Replace(good, tt.old, tt.new, 1)))
			require.ErrorIs(t, err, chip.ErrModel)
			assert.Contains(t, err.Error(), tt.message)
		})
	}
}

func TestAModelCanBeOnesOwn(t *testing.T) {
	text := strings.NewReplacer("rst-low: 0x10", "rst-low: 0x22", "value: 0x05", "value: 0x03").Replace(modelText(t, "2.0c.yaml"))
	m, err := chip.ParseModel([]byte(text))
	require.NoError(t, err)
	b := newBench(t, mfi.Gen20, func(c *chip.Config) { c.Model = m })
	assert.EqualValues(t, 0x22, b.addr)
	assert.EqualValues(t, 0x03, b.readByte(mfi.RegDeviceVersion))
	assert.Same(t, m, b.chip.Model())
}

func TestNewNeedsAModel(t *testing.T) {
	_, err := chip.New(chip.Config{})
	assert.EqualError(t, err, "invalid chip model: Config.Model is nil, use MFi20C or MFi30")
	_, err = chip.New(chip.Config{Model: &chip.Model{}})
	assert.ErrorIs(t, err, chip.ErrModel)
}

func FuzzParseModel(f *testing.F) {
	f.Add([]byte(modelText(f, "2.0c.yaml")))
	f.Add([]byte(modelText(f, "3.0.yaml")))
	f.Add([]byte("registers: [{reg: 255, count: 2}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := chip.ParseModel(text)
		if err != nil {
			return
		}
		c, err := chip.New(chip.Config{Model: m})
		if err != nil {
			t.Fatalf("a valid model makes no chip: %v", err)
		}
		all := make([]byte, 4096)
		for reg := range 256 {
			_, _ = c.Tx(time.Duration(reg)*time.Hour, []byte{byte(reg), 1}, nil)
			_, _ = c.Tx(time.Duration(reg)*time.Hour+time.Minute, nil, all)
		}
	})
}
