package session_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// connect makes both ends of a connection over a pipe.
func connect(w *sim.World, accessory, device link.Config) (acc, dev *session.IAP2) {
	a, d := w.Pipe("cable")
	acc = session.NewIAP2(w, "accessory", a, link.New(link.Accessory, accessory))
	dev = session.NewIAP2(w, "device", d, link.New(link.Device, device))
	acc.Start()
	dev.Start()
	return acc, dev
}

// up makes both ends and waits until their link is up.
func up(t testing.TB, w *sim.World) (acc, dev *session.IAP2) {
	acc, dev = connect(w, link.DefaultAccessory(), link.Config{})
	require.NoError(t, acc.WaitUp(w.Now()+5*time.Second))
	require.NoError(t, dev.WaitUp(w.Now()+5*time.Second))
	return acc, dev
}

func inWorld(t testing.TB, main func(w *sim.World)) {
	t.Helper()
	w := sim.New()
	require.NoError(t, w.Run(func() { main(w) }))
}

func TestMessagesCrossInBothDirections(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		require.Equal(t, uint8(1), dev.ControlVersion())
		require.NoError(t, dev.Send(control.Build("RequestAuthenticationCertificate")))
		m, err := acc.Receive(w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, control.MsgRequestAuthenticationCertificate, m.ID)

		cert := make([]byte, 9000) // longer than a packet of either side
		cert[8999] = 7
		require.NoError(t, acc.Send(control.Build("AuthenticationCertificate", control.F("Certificate", cert))))
		m, err = dev.Receive(w.Now() + time.Second)
		require.NoError(t, err)
		got, err := m.Params.Find(0).Blob()
		require.NoError(t, err)
		require.Equal(t, cert, got)
	})
}

func TestReceiveTimesOut(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, _ := up(t, w)
		before := w.Now()
		_, err := acc.Receive(before + 3*time.Second)
		require.ErrorIs(t, err, session.ErrTimeout)
		require.Equal(t, before+3*time.Second, w.Now())
	})
}

func TestALinkThatNeverComesUpIsReported(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, _ := connect(w, link.DefaultAccessory(), link.Config{Faults: link.Faults{NoMarker: true}})
		require.Error(t, acc.WaitUp(10*time.Second))
		require.Equal(t, 10*time.Second, w.Now())
		require.Zero(t, acc.Ups())
	})
}

// Whoever waits on a link that is reset learns of it, and the link comes up
// anew with fresh sessions.
func TestAResetFailsWaitersAndTheLinkComesUpAgain(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		ea := dev.OpenEA(1)
		var readErr error
		w.Go("reader", func() { _, readErr = ea.Read(make([]byte, 1)) })
		w.After(time.Second, func() {
			acc.Link().Reset(w.Now())
			acc.Turn()
		})
		_, err := dev.Receive(sim.Never)
		var down *session.DownError
		require.ErrorAs(t, err, &down)
		require.Equal(t, link.PeerReset.String(), down.Reason)
		require.NoError(t, dev.WaitUp(w.Now()+5*time.Second))
		require.Equal(t, 2, dev.Ups())
		require.ErrorAs(t, readErr, &down)
		require.False(t, dev.HasEA(1))
		require.NoError(t, dev.Send(control.Build("StartIdentification")))
		require.NoError(t, acc.WaitUp(w.Now()))
		m, err := acc.Receive(w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, control.MsgStartIdentification, m.ID)
	})
}

func TestTheEndOfTheTransportEndsTheSession(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		acc.Close()
		_, err := dev.Receive(sim.Never)
		require.ErrorIs(t, err, io.EOF)
		require.ErrorIs(t, dev.WaitUp(sim.Never), io.EOF)
		require.ErrorIs(t, dev.Err(), io.EOF)
		require.True(t, dev.Wait(w.Now()+time.Second), "its processes have ended")
		require.ErrorIs(t, acc.WaitUp(sim.Never), session.ErrClosed)
	})
}

func TestExternalAccessorySessions(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		a, d := acc.OpenEA(7), dev.OpenEA(7)
		other := dev.OpenEA(8) // the accessory does not know it: dropped there

		w.Go("other", func() { session.Source(other, 10_000) })
		w.Go("echo", func() { session.Echo(a) })
		w.Go("source", func() { session.Source(d, 300_000) })

		var pattern session.Pattern
		buf := make([]byte, 1000)
		for got := 0; got < 300_000; {
			n, err := d.Read(buf)
			require.NoError(t, err)
			require.NoError(t, pattern.Check(buf[:n]))
			got += n
		}
		require.True(t, dev.CloseEA(7))
		require.False(t, dev.CloseEA(7))
		_, err := d.Read(buf)
		require.ErrorIs(t, err, io.EOF)
		_, err = d.Write(buf)
		require.Error(t, err)
	})
}

func TestASessionTypeThatWasNotDeclaredIsAnError(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := connect(w, link.DJIGoggles(), link.Config{})
		require.NoError(t, acc.WaitUp(5*time.Second))
		require.NoError(t, dev.WaitUp(5*time.Second))
		_, err := acc.OpenEA(1).Write([]byte{1})
		require.ErrorContains(t, err, "no session of type")
	})
}

func TestSendPassesOnABuildError(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, _ := up(t, w)
		broken := errors.New("broken")
		require.Equal(t, broken, acc.Send(nil, broken))
	})
}

func TestInjectedBytesGoOutAsTheyAre(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		var violations []link.Violation
		dev.OnViolation = func(v link.Violation) { violations = append(violations, v) }
		acc.Inject([]byte{0xFF, 0x5A, 0x00, 0x10, 0x40, 0xA7, 0xE5, 0x01, 0xCA, 0x40, 0x40, 0x00, 0x06, 0xAA, 0x00, 0x0D})
		w.Sleep(time.Second)
		require.Len(t, violations, 1)
		require.Equal(t, link.BadFrame, violations[0].Kind)
	})
}

// A signature takes seconds, and a link can be lost and come up again meanwhile.
// What belongs to the old one must not be said on the new one.
func TestAnAnswerToALostLinkIsNotSent(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		dev.Link().Reset(w.Now())
		dev.Turn()
		w.Sleep(2 * time.Second)
		require.True(t, acc.Up())
		require.Equal(t, 2, acc.Ups())
		require.NoError(t, dev.WaitUp(w.Now()))

		var down *session.DownError
		require.ErrorAs(t, acc.Send(control.Build("AuthenticationResponse")), &down)
		require.Equal(t, link.PeerReset.String(), down.Reason)
		require.False(t, acc.Has(link.SessionControl))
		_, err := acc.Receive(w.Now() + time.Second)
		require.ErrorAs(t, err, &down)
		_, err = acc.ReceiveFile(w.Now() + time.Second)
		require.ErrorAs(t, err, &down)
		_, err = acc.OpenEA(1).Write([]byte{1})
		require.Error(t, err)
		_, err = acc.OpenEA(1).Read(make([]byte, 1))
		require.ErrorAs(t, err, &down)

		_, err = dev.Receive(w.Now() + time.Second)
		require.ErrorIs(t, err, session.ErrTimeout, "nothing came")
		require.NoError(t, acc.WaitUp(w.Now()))
		require.NoError(t, acc.Send(control.Build("AuthenticationResponse")))
		_, err = dev.Receive(w.Now() + time.Second)
		require.NoError(t, err)
	})
}

func TestWhatCameBeforeTheLinkWentDownIsReceived(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		require.NoError(t, dev.Send(control.Build("AuthenticationFailed")))
		dev.Flush()
		dev.Link().Reset(w.Now())
		dev.Turn()
		w.Sleep(100 * time.Millisecond)
		require.False(t, acc.Up())
		m, err := acc.Receive(sim.Never)
		require.NoError(t, err)
		require.Equal(t, control.MsgAuthenticationFailed, m.ID)
		_, err = acc.Receive(sim.Never)
		var down *session.DownError
		require.ErrorAs(t, err, &down)
	})
}

func TestWaitUpFailsWhenTheEngineGivesUp(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		a := link.DefaultAccessory()
		a.DetectTimeout = 3 * time.Second
		acc, _ := connect(w, a, link.Config{Faults: link.Faults{NoMarker: true}})
		err := acc.WaitUp(sim.Never)
		require.ErrorContains(t, err, link.GaveUp.String())
		require.Equal(t, 3*time.Second, w.Now())
	})
}

func TestWaitUpTellsAnOldPeer(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, _ := connect(w, link.DefaultAccessory(), link.Config{Faults: link.Faults{IAP1Only: true}})
		require.ErrorContains(t, acc.WaitUp(sim.Never), link.NotSupported.String())
	})
}

func TestWaitDown(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		require.False(t, acc.WaitDown(w.Now()+time.Second))
		at := w.Now() + time.Second
		w.After(time.Second, func() {
			dev.Link().Reset(w.Now())
			dev.Turn()
		})
		require.True(t, acc.WaitDown(sim.Never))
		require.Equal(t, at, w.Now())
	})
}

// A packet may hold several messages; each receiver gets one.
func TestNoReceiverIsForgotten(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		var got []uint16
		for range 2 {
			w.Go("receiver", func() {
				m, err := acc.Receive(w.Now() + time.Minute)
				require.NoError(t, err)
				got = append(got, m.ID)
			})
		}
		w.Sleep(time.Second)
		both, err := control.AppendBuild(nil, "AuthenticationSucceeded")
		require.NoError(t, err)
		require.NoError(t, dev.Send(control.AppendBuild(both, "StartIdentification")))
		w.Sleep(time.Second)
		require.Equal(t, []uint16{control.MsgAuthenticationSucceeded, control.MsgStartIdentification}, got)
	})
}

func TestFileDatagramsAreKeptWhereTheyAreWanted(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		require.True(t, dev.Has(link.SessionFileTransfer))
		require.NoError(t, dev.SendFile([]byte{0x80, 0x04, 1}))
		w.Sleep(time.Second)
		acc.Files = true
		require.NoError(t, dev.SendFile([]byte{0x81, 0x04, 2}))
		require.NoError(t, dev.SendFile([]byte{0x81, 0x04, 3}))
		for _, want := range []byte{2, 3} {
			d, err := acc.ReceiveFile(w.Now() + time.Second)
			require.NoError(t, err)
			require.Equal(t, []byte{0x81, 0x04, want}, d)
		}
		before := w.Now()
		_, err := acc.ReceiveFile(before + time.Second)
		require.ErrorIs(t, err, session.ErrTimeout)
		require.Equal(t, before+time.Second, w.Now())
	})
}

// A writer that has filled the window and the queue waits for the peer's
// acknowledgements.
func TestAWriterWaitsForRoom(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		d := link.Config{Syn: link.Syn{MaxOutstanding: 4, MaxLength: 4096}, Faults: link.Faults{NoAck: true}}
		acc, dev := connect(w, link.DefaultAccessory(), d)
		require.NoError(t, acc.WaitUp(5*time.Second))
		require.NoError(t, dev.WaitUp(5*time.Second))
		ea := acc.OpenEA(1)
		var err error
		n := 0
		w.Go("writer", func() { n, err = ea.Write(make([]byte, 4<<20)) })
		w.Sleep(time.Second)
		require.NoError(t, err, "it waits")
		acc.Close()
		w.Sleep(time.Second)
		require.ErrorIs(t, err, session.ErrClosed)
		require.Positive(t, n, "what the queue took")
		require.Less(t, n, 4<<20)
	})
}

func TestAMalformedMessageIsToldAndTheNextIsRead(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		var bad []error
		acc.OnMalformed = func(err error) { bad = append(bad, err) }
		broken := []byte{0x40, 0x40, 0, 10, 0xAA, 0x02, 0, 3, 0, 0} // parameter of length 3
		require.NoError(t, dev.Send(broken, nil))
		require.NoError(t, dev.Send(control.Build("StartIdentification")))
		m, err := acc.Receive(w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, control.MsgStartIdentification, m.ID)
		require.Len(t, bad, 1)
		require.ErrorIs(t, bad[0], control.ErrParamLength)
	})
}

func TestStateIsTold(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := connect(w, link.DefaultAccessory(), link.Config{})
		var states []string
		dev.OnState = func(up bool, why string) {
			states = append(states, map[bool]string{true: "up", false: "down: " + why}[up])
		}
		require.NoError(t, dev.WaitUp(5*time.Second))
		acc.Close()
		w.Sleep(time.Second)
		require.Equal(t, []string{"up", "down: EOF"}, states)
	})
}
