package usbmux

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// From Close on, when nothing leaves at all.
func TestLingerWithoutProgress(t *testing.T) {
	r := newRig(t, Config{Linger: 1000}, Config{Window: 512})
	a, _ := r.connect(1)
	r.write(a, string(make([]byte, 600)))
	r.now += 5000
	a.Close(r.now)
	at, ok := r.host.Deadline()
	require.True(t, ok)
	require.Equal(t, r.now+1000, at)
	r.tick(1000)
	require.Equal(t, ConnClosed, a.State())
}

// Whoever closes acknowledges what lies unread, and what still comes: the peer
// must not hang in a Write for want of a window.
func TestCloseAcknowledgesWhatNobodyReads(t *testing.T) {
	r := newRig(t, Config{}, Config{Window: 512})
	a, b := r.connect(1)
	r.write(a, string(make([]byte, 600))) // so that it cannot end at once
	r.write(b, "unread")
	require.Equal(t, 6, b.InFlight())
	a.Close(r.now)
	r.run()
	require.Equal(t, ConnClosing, a.State())
	require.Zero(t, b.InFlight())
	require.Zero(t, a.Buffered())
	r.write(b, "too late")
	require.Zero(t, b.InFlight())
	require.Zero(t, a.Buffered())
	require.NotContains(t, r.events(), "host: closed 1>1: closed here")
}

func TestResetFreesTheQueue(t *testing.T) {
	r := newRig(t, Config{}, Config{Window: 512})
	a, _ := r.connect(1)
	r.write(a, string(make([]byte, 2000)))
	require.Equal(t, 2000-512, a.Queued())
	a.Reset(r.now, "")
	require.Zero(t, a.Queued())
	require.Empty(t, a.tx.buf)
}

// Writable waits for room that is worth a call: half of the queue.
func TestWritableAtHalf(t *testing.T) {
	r := newRig(t, Config{QueueBytes: 1024}, Config{Window: 512})
	a, b := r.connect(1)
	_, err := a.Write(r.now, make([]byte, 1024))
	require.NoError(t, err)
	r.run() // 512 under way, 512 queued
	_, err = a.Write(r.now, make([]byte, 513))
	require.NoError(t, err)
	require.Equal(t, 1024, a.Queued())
	b.Discard(r.now, 511)
	r.run()
	require.Equal(t, 513, a.Queued())
	require.Equal(t, []string{"device: data 1>1"}, r.events())
	b.Discard(r.now, 64)
	r.run()
	require.Equal(t, 513-64, a.Queued())
	require.Equal(t, []string{"host: writable 1>1"}, r.events())
}

// A replug in the middle of a packet: nothing of it reaches the next session.
func TestStopForgetsHalfAPacketAndWhatWaits(t *testing.T) {
	r := newRig(t, Config{}, Config{})
	a, b := r.connect(1)
	_, err := b.Write(r.now, make([]byte, 30000))
	require.NoError(t, err)
	p, ok := r.device.NextOutput()
	require.True(t, ok)
	r.host.Feed(r.now, p[:ReadSize])
	require.Len(t, r.host.asm.buf, ReadSize)
	r.device.Say(r.now, ControlInfo, "never said")
	a.Reset(r.now, "never sent")
	r.host.Stop(r.now)
	r.device.Stop(r.now)
	for _, e := range []*Engine{r.host, r.device} {
		_, ok := e.NextOutput()
		require.False(t, ok)
	}
	r.device.Start(r.now)
	r.host.Start(r.now)
	r.run()
	require.Equal(t, StateActive, r.host.State())
	a, b = r.connectOn(1)
	r.write(b, "fresh")
	require.Equal(t, "fresh", r.read(a))
	require.Zero(t, r.host.Counters().Violations)
}

// In a stream that makes no sense, what comes next is looked at afresh.
func TestStreamAfterNonsense(t *testing.T) {
	r := newRig(t, Config{}, Config{Stream: true})
	r.device.Feed(r.now, unhex("00000006 00000003 ffff"))
	a, b := r.connectOn(1)
	r.write(a, "sense")
	require.Equal(t, "sense", r.read(b))
}
