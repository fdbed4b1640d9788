package ea

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSessionLifecycle(t *testing.T) {
	var table Table
	require.NoError(t, table.Open(5, 1))
	require.NoError(t, table.Open(2, 0))
	require.ErrorIs(t, table.Open(5, 9), ErrOpen)
	assert.Equal(t, 2, table.Len())
	assert.Equal(t, []Session{{ID: 2}, {ID: 5, Protocol: 1}}, slices.Collect(table.All()), "in the order of ids")

	wire, err := table.AppendSend(nil, 5, []byte("hello"))
	require.NoError(t, err)
	assert.Equal(t, "\x00\x05hello", string(wire))
	d, err := table.Receive([]byte("\x00\x05hi"))
	require.NoError(t, err)
	assert.Equal(t, Datagram{Session: 5, Data: []byte("hi")}, d)
	s, ok := table.Get(5)
	assert.True(t, ok)
	assert.Equal(t, Session{ID: 5, Protocol: 1, Received: 2, Sent: 5}, s)

	s, err = table.Close(5)
	require.NoError(t, err)
	assert.Equal(t, Session{ID: 5, Protocol: 1, Received: 2, Sent: 5}, s)
	_, err = table.Close(5)
	require.ErrorIs(t, err, ErrUnknownSession)
	_, ok = table.Get(5)
	assert.False(t, ok)

	table.Reset()
	assert.Zero(t, table.Len())
	require.NoError(t, table.Open(2, 3), "a new session may have an old id")
}

func TestDataForUnknownSessionsAreDropped(t *testing.T) {
	var table Table
	_, err := table.Receive([]byte("\x00\x09lost"))
	require.ErrorIs(t, err, ErrUnknownSession)
	assert.EqualError(t, err, "ea: 4 bytes for session 9: no such session is open")
	_, err = table.Receive([]byte{1})
	require.ErrorIs(t, err, ErrShort)
	assert.Equal(t, uint64(2), table.Dropped)
	assert.Equal(t, uint64(4), table.DroppedBytes)

	wire, err := table.AppendSend([]byte("kept"), 9, []byte("x"))
	require.ErrorIs(t, err, ErrUnknownSession)
	assert.Equal(t, "kept", string(wire))
}

func TestOpenNextTakesTheLowestFreeID(t *testing.T) {
	var table Table
	for _, want := range []uint16{1, 2, 3} {
		id, err := table.OpenNext(1, 0)
		require.NoError(t, err)
		assert.Equal(t, want, id)
	}
	_, err := table.Close(2)
	require.NoError(t, err)
	id, err := table.OpenNext(1, 7)
	require.NoError(t, err)
	assert.Equal(t, uint16(2), id)

	require.NoError(t, table.Open(0xFFFF, 0))
	id, err = table.OpenNext(0xFFFF, 0)
	require.NoError(t, err)
	assert.Equal(t, uint16(0), id, "ids wrap")
}

func TestOpenNextEnds(t *testing.T) {
	table := Table{open: make([]Session, 1<<16)}
	for i := range table.open {
		table.open[i].ID = uint16(i)
	}
	_, err := table.OpenNext(7, 0)
	require.ErrorIs(t, err, ErrNoFreeID)
}

// The table agrees with a plain map, whatever happens.
func TestTableAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table Table
		model := map[uint16]*Session{}
		id := rapid.Uint16Range(0, 5)
		var dropped uint64
		t.Repeat(map[string]func(*rapid.T){
			"open": func(t *rapid.T) {
				s := &Session{ID: id.Draw(t, "id"), Protocol: rapid.Byte().Draw(t, "protocol")}
				err := table.Open(s.ID, s.Protocol)
				if model[s.ID] != nil {
					require.ErrorIs(t, err, ErrOpen)
					return
				}
				require.NoError(t, err)
				model[s.ID] = s
			},
			"close": func(t *rapid.T) {
				one := id.Draw(t, "id")
				s, err := table.Close(one)
				if model[one] == nil {
					require.ErrorIs(t, err, ErrUnknownSession)
					return
				}
				require.NoError(t, err)
				require.Equal(t, *model[one], s)
				delete(model, one)
			},
			"receive": func(t *rapid.T) {
				one := id.Draw(t, "id")
				d, err := table.Receive([]byte{0, byte(one), 1, 2, 3})
				if model[one] == nil {
					require.ErrorIs(t, err, ErrUnknownSession)
					dropped++
					return
				}
				require.NoError(t, err)
				require.Len(t, d.Data, 3)
				model[one].Received += 3
			},
			"send": func(t *rapid.T) {
				one := id.Draw(t, "id")
				_, err := table.AppendSend(nil, one, []byte{1, 2})
				if model[one] == nil {
					require.ErrorIs(t, err, ErrUnknownSession)
					return
				}
				require.NoError(t, err)
				model[one].Sent += 2
			},
			"": func(t *rapid.T) {
				require.Equal(t, len(model), table.Len())
				require.Equal(t, dropped, table.Dropped)
				last := -1
				for s := range table.All() {
					require.Greater(t, int(s.ID), last)
					last = int(s.ID)
					require.Equal(t, *model[s.ID], s)
				}
			},
		})
	})
}
