package control

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

const rounds = 40

// Every message of the catalogue, made up at random, passes every reader and
// is written again as it was.
func TestRandomMessagesAreGood(t *testing.T) {
	for spec := range All() {
		t.Run(spec.Name, func(t *testing.T) {
			r := seeded(uint64(spec.ID))
			for range rounds {
				wire, err := spec.Append(nil, spec.Random(r)...)
				require.NoError(t, err)
				m, err := Parse(wire)
				require.NoError(t, err)
				require.Empty(t, Validate(m, spec.Sender))
				d, err := Decode(m)
				require.NoError(t, err)
				again, err := d.AppendTo(nil)
				require.NoError(t, err)
				require.Equal(t, wire, again)
			}
		})
	}
}

func TestRandomIsSeeded(t *testing.T) {
	spec := ByName("IdentificationInformation")
	assert.Equal(t, spec.Random(seeded(7)), spec.Random(seeded(7)))
	assert.NotEqual(t, spec.Random(seeded(7)), spec.Random(seeded(8)))
}

// Every kind of fault, put into every message that has a place for it, is
// found, and nothing else is.
func TestEveryFaultIsFound(t *testing.T) {
	shown := map[Kind]int{}
	for spec := range All() {
		r := seeded(uint64(spec.ID))
		for kind := UnknownMessage; kind <= MalformedGroup; kind++ {
			for range rounds {
				fields := spec.Random(r)
				broken, ok := spec.Break(r, fields, kind)
				if !ok {
					continue
				}
				shown[kind]++
				wire, err := spec.Append(nil, broken...)
				require.NoError(t, err)
				m, err := Parse(wire)
				require.NoError(t, err)
				found := Validate(m, spec.Sender)
				require.Len(t, found, 1, "%s: %v in %s", spec.Name, kind, Dense(m))
				require.Equal(t, kind, found[0].Kind)
				require.Equal(t, spec.ID, found[0].Message)
				require.NotEmpty(t, found[0].Path)

				// The fault survives decoding and encoding.
				d, _ := Decode(m)
				again, err := d.AppendTo(nil)
				require.NoError(t, err)
				require.Equal(t, wire, again)
			}
		}
	}
	for kind := UnknownParam; kind <= MalformedGroup; kind++ {
		assert.Positive(t, shown[kind], "%v was never shown", kind)
	}
	assert.Zero(t, shown[UnknownMessage]+shown[WrongSender])
}

func TestBreakLeavesItsInputAlone(t *testing.T) {
	spec := ByName("IdentificationInformation")
	for kind := UnknownParam; kind <= MalformedGroup; kind++ {
		r := seeded(uint64(kind))
		fields := spec.Random(r)
		before, err := spec.Append(nil, fields...)
		require.NoError(t, err)
		_, _ = spec.Break(r, fields, kind)
		after, err := spec.Append(nil, fields...)
		require.NoError(t, err)
		assert.Equal(t, before, after, kind)
	}
}
