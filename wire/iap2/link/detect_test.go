package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAccessorySendsMarkersUntilAnswered(t *testing.T) {
	s := newSolo(t, Accessory, Config{})
	require.Equal(t, []string{"marker"}, s.out())
	s.pass(1 * time.Second)
	require.Equal(t, []string{"marker"}, s.out())
	s.pass(2 * time.Second)
	require.Equal(t, []string{"marker"}, s.out())
	require.Equal(t, StateDetecting, s.State())

	s.Feed(s.now, AppendMarker(nil))
	require.Equal(t, []string{"SYN seq=00 ack=00 19 bytes"}, s.out(), "no marker answers a marker")
	require.Equal(t, []string{"detected"}, s.events())
	require.Equal(t, StateSynSent, s.State())
	s.pass(3 * time.Second)
	require.Equal(t, []string{"SYN seq=00 ack=00 19 bytes"}, s.out(), "the same again; no more markers")
}

func TestDeviceWaitsForTheMarker(t *testing.T) {
	s := newSolo(t, Device, Config{})
	require.Empty(t, s.out())
	s.Feed(0, AppendMarker(nil))
	require.Equal(t, []string{"marker"}, s.out())
	require.Equal(t, []string{"detected"}, s.events())
	s.pass(time.Second)
	require.Equal(t, []string{"marker"}, s.out(), "again until the SYN comes")
	s.Feed(s.now, AppendMarker(nil))
	require.Equal(t, []string{"marker"}, s.out())

	s.feed(synOf(0, testTerms()))
	require.Equal(t, []string{"SYN|ACK seq=00 ack=00 16 bytes"}, s.out())
	s.pass(2 * time.Second)
	require.Equal(t, []string{"SYN|ACK seq=00 ack=00 16 bytes"}, s.out(), "repeated, but no marker")
}

func TestDeviceProbes(t *testing.T) {
	s := newSolo(t, Device, Config{Probe: true})
	require.Equal(t, []string{"marker"}, s.out())
	s.pass(time.Second)
	require.Equal(t, []string{"marker"}, s.out())
}

// Eager accessories send marker and SYN together; the device takes both in one
// read.
func TestEager(t *testing.T) {
	a := newSolo(t, Accessory, Config{Eager: true})
	var first []byte
	for b, ok := a.NextOutput(); ok; b, ok = a.NextOutput() {
		first = append(first, b...)
	}
	require.Equal(t, "marker; SYN seq=00 ack=00 19 bytes", render(first))

	d := newSolo(t, Device, Config{})
	d.Feed(0, first)
	require.Equal(t, []string{"marker", "SYN|ACK seq=00 ack=00 19 bytes"}, d.out())

	a.pass(time.Second)
	require.Equal(t, []string{"marker", "SYN seq=00 ack=00 19 bytes"}, a.out(), "both again without an answer")
	a.Feed(a.now, AppendMarker(nil))
	a.pass(2 * time.Second)
	require.Equal(t, []string{"SYN seq=00 ack=00 19 bytes"}, a.out(), "the marker has been answered")
}

// An eager accessory may hear the SYN|ACK first.
func TestEagerWithoutMarker(t *testing.T) {
	a := newSolo(t, Accessory, Config{Eager: true})
	a.out()
	a.feed(synAckOf(9, 0, testTerms()))
	require.Equal(t, []string{"detected", "up"}, a.events())
	require.Equal(t, []string{"ACK seq=00 ack=09"}, a.out())
	a.quiet()
}

// A link packet shows iAP2 as well as a marker does.
func TestLinkPacketEndsDetection(t *testing.T) {
	for name, p := range map[string]Packet{"data": data(5, 6, "old"), "SYN|ACK": synAckOf(1, 2, testTerms())} {
		s := newSolo(t, Accessory, Config{})
		s.out()
		s.feed(p)
		require.Equal(t, []string{"SYN seq=00 ack=00 19 bytes"}, s.out(), name)
		require.Equal(t, []string{"detected"}, s.events(), name)
		s.pass(time.Second)
		require.Equal(t, []string{"SYN seq=00 ack=00 19 bytes"}, s.out(), "%s: no more markers", name)
	}
	s := newSolo(t, Device, Config{})
	s.feed(data(5, 6, "old"))
	require.Empty(t, s.out(), "a device waits for marker or SYN")
	require.Empty(t, s.events())
}

func TestDetectionGivesUp(t *testing.T) {
	for _, role := range []Role{Accessory, Device} {
		s := newSolo(t, role, Config{DetectInterval: time.Hour})
		s.out()
		s.pass(30 * time.Second)
		require.Equal(t, []string{"down: gave up"}, s.events())
		require.Equal(t, StateIdle, s.State())
		s.Feed(s.now, AppendMarker(nil))
		s.quiet()

		s.Start(s.now)
		s.pass(60 * time.Second)
		require.Equal(t, []string{"down: gave up"}, s.events(), "Start begins anew")
	}
	s := newSolo(t, Device, Config{DetectTimeout: -1})
	s.quiet()
}

// The time to give up covers everything until the link is up.
func TestHandshakeGivesUp(t *testing.T) {
	s := newSolo(t, Accessory, Config{DetectTimeout: 2500 * time.Millisecond})
	s.Feed(0, AppendMarker(nil))
	s.out()
	s.pass(1 * time.Second)
	s.pass(2 * time.Second)
	s.pass(2500 * time.Millisecond)
	require.Equal(t, []string{"detected", "down: gave up"}, s.events())
}

func TestNegativeAnswer(t *testing.T) {
	s := newSolo(t, Accessory, Config{})
	s.out()
	s.Feed(0, AppendNegative(nil))
	require.Equal(t, []string{"down: not supported"}, s.events())
	require.Equal(t, StateIdle, s.State())
	s.quiet()

	s = newSolo(t, Device, Config{})
	s.Feed(0, AppendNegative(nil))
	require.Equal(t, StateDetecting, s.State(), "only an accessory asks")

	s = upAccessory(t)
	s.Feed(0, AppendNegative(nil))
	s.quiet()
}

func TestMarkerWhileUp(t *testing.T) {
	late := DefaultStaleGrace

	s := upDevice(t)
	s.Feed(late-1, AppendMarker(nil))
	s.quiet() // one that was under way

	s.Feed(late, AppendMarker(nil))
	require.Equal(t, []string{"down: peer restarted", "detected"}, s.events())
	require.Equal(t, []string{"marker"}, s.out())
	require.Equal(t, StateDetecting, s.State())
	s.pass(late + time.Second)
	require.Equal(t, []string{"marker"}, s.out(), "again until the SYN comes")

	s = upAccessory(t)
	s.Feed(late-1, AppendMarker(nil))
	s.quiet()
	s.now = late
	s.Feed(late, AppendMarker(nil))
	require.Equal(t, []string{"down: peer restarted"}, s.events())
	require.Empty(t, s.out())
	s.pass(late + DefaultResetPause)
	require.Equal(t, []string{"marker"}, s.out())

	s = upDevice(t, func(c *Config) { c.MarkerWhileUp = Ignore })
	s.Feed(time.Hour, AppendMarker(nil))
	s.quiet()
}

func TestDetectionFaults(t *testing.T) {
	marker := AppendMarker(nil)

	d := newSolo(t, Device, Config{Faults: Faults{NoMarker: true}})
	d.Feed(0, marker)
	require.Empty(t, d.out())
	d.feed(synOf(1, testTerms()))
	require.Equal(t, []string{"SYN|ACK seq=00 ack=01 16 bytes"}, d.out(), "silent, not deaf")

	a := newSolo(t, Accessory, Config{Faults: Faults{NoMarker: true}})
	require.Empty(t, a.out())

	d = newSolo(t, Device, Config{Faults: Faults{IAP1Only: true}})
	d.Feed(0, marker)
	require.Equal(t, []string{"negative"}, d.out())
	d.feed(synOf(1, testTerms()))
	require.Empty(t, d.out())
	require.Empty(t, d.events())

	a = newSolo(t, Accessory, Config{Eager: true, Faults: Faults{IAP1Only: true}})
	require.Empty(t, a.out(), "an iAP1 peer never speaks of iAP2")
}
