package carlife

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// watched is one message of a recorded session with its sender.
type watched struct {
	from Sender
	m    Message
}

func record(t *testing.T, po PhoneOptions) (ms []watched) {
	b := newPair(t, po, VehicleOptions{Encryption: true}).connect()
	require.NoError(t, b.p.Exit(b.now))
	b.pump()
	d := NewMuxDecoder(Limits{})
	d.Feed(b.wire)
	all, err := drain(d)
	require.NoError(t, err)
	for _, m := range all {
		mi, _ := Lookup(m.ID)
		ms = append(ms, watched{mi.From, m})
	}
	return ms
}

func TestObserverOpensEncryptedBodies(t *testing.T) {
	o := NewObserver(TestKey())
	for range 2 { // a second session after a reset
		opened := 0
		for _, w := range record(t, PhoneOptions{Seed: 5}) {
			m, err := o.Open(w.from, w.m)
			require.NoError(t, err, w.m.ID)
			_, err = Decode(m, ProfileHUApp)
			assert.NoError(t, err, w.m.ID)
			if len(m.Payload) != len(w.m.Payload) {
				opened++
			}
		}
		assert.Equal(t, 3, opened, "encoder init, init done, error code")
		o.Reset()
	}
}

func TestObserverWithoutKey(t *testing.T) {
	o := NewObserver(nil)
	for _, w := range record(t, PhoneOptions{}) {
		m, err := o.Open(w.from, w.m)
		require.NoError(t, err)
		assert.Equal(t, w.m, m)
	}
}

func TestObserverSurvivesDamage(t *testing.T) {
	o := NewObserver(TestKey())
	bad := []watched{
		{FromMD, Message{ID: MsgMDAESKeySendRequest}},
		{FromMD, Message{ID: MsgMDAESKeySendRequest, Payload: []byte{10, 1, 'x'}}},
	}
	for _, w := range bad {
		m, err := o.Open(w.from, w.m)
		assert.Error(t, err)
		assert.Equal(t, w.m, m)
	}
	clear := Message{ID: MsgModuleStatus, Payload: []byte{8, 0}}
	for _, w := range record(t, PhoneOptions{}) {
		_, _ = o.Open(w.from, w.m)
	}
	m, err := o.Open(FromMD, clear)
	assert.ErrorIs(t, err, ErrCipherLength)
	assert.Equal(t, clear, m)
}
