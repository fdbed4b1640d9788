package session_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// reliable makes a link that needs no acknowledgements.
func reliable(t testing.TB, w *sim.World) (acc, dev *session.IAP2) {
	c := link.CarkitZeroAck()
	acc, dev = connect(w, c, c)
	require.NoError(t, acc.WaitUp(w.Now()+5*time.Second))
	require.NoError(t, dev.WaitUp(w.Now()+5*time.Second))
	return acc, dev
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What an app does not read makes the peer wait; it is not kept without end. When
// the app reads again, all of it comes.
func TestASessionThatNobodyReadsMakesThePeerWait(t *testing.T) {
	const size = 64 << 20
	for name, make := range map[string]func(testing.TB, *sim.World) (_, _ *session.IAP2){"acknowledged": up, "zero-ack": reliable} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *sim.World) {
				acc, dev := make(t, w)
				a, d := acc.OpenEA(1), dev.OpenEA(1)
				before := heap()
				sent := false
				w.Go("source", func() {
					require.NoError(t, session.Source(d, size))
					sent = true
				})
				w.Sleep(5 * time.Second)
				require.False(t, sent)
				require.Less(t, heap()-before, uint64(5*session.MaxKept), "bytes of heap")
				require.True(t, acc.Up())

				check := session.Pattern{}
				buf := [64 << 10]byte{}
				for got := 0; got < size; {
					n, err := a.Read(buf[:])
					require.NoError(t, err)
					require.NoError(t, check.Check(buf[:n]))
					got += n
				}
				w.Sleep(time.Second)
				require.True(t, sent)
				require.Equal(t, 1, acc.Ups(), "the link was never lost")
			})
		})
	}
}

// A session that is given up holds nobody up.
func TestClosingASessionThatNobodyReadsFreesTheOthers(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		a, d := acc.OpenEA(1), dev.OpenEA(1)
		w.Go("source", func() { session.Source(d, 3*session.MaxKept) })
		w.Sleep(time.Second)
		w.Go("command", func() { dev.Send(control.Build("StartIdentification")) })
		_, err := acc.Receive(w.Now() + time.Second)
		require.ErrorIs(t, err, session.ErrTimeout, "it waits behind the data")
		a.Close()
		m, err := acc.Receive(w.Now() + 10*time.Second)
		require.NoError(t, err)
		require.Equal(t, control.MsgStartIdentification, m.ID)
	})
}

// The end of the link is known though much is not read.
func TestTheEndOfTheLinkIsNotHeldUp(t *testing.T) {
	for name, make := range map[string]func(testing.TB, *sim.World) (_, _ *session.IAP2){"acknowledged": up, "zero-ack": reliable} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *sim.World) {
				acc, dev := make(t, w)
				acc.OpenEA(1)
				d := dev.OpenEA(1)
				w.Go("source", func() { session.Source(d, 3*session.MaxKept) })
				w.Sleep(time.Second)
				acc.Link().Reset(w.Now())
				acc.Turn()
				require.True(t, acc.WaitDown(w.Now()+time.Second))
				require.NoError(t, acc.WaitUp(w.Now()+10*time.Second))
				require.NoError(t, dev.WaitUp(w.Now()+10*time.Second))
				require.NoError(t, dev.Send(control.Build("StartIdentification")))
				_, err := acc.Receive(w.Now() + time.Second)
				require.NoError(t, err)
			})
		})
	}
}

func TestMessagesAndFilesThatNobodyReadsMakeThePeerWait(t *testing.T) {
	for name, send := range map[string]func(dev *session.IAP2, data []byte) error{
		"messages": func(dev *session.IAP2, data []byte) error {
			return dev.Send(control.Build("AuthenticationCertificate", control.F("Certificate", data)))
		},
		"files": func(dev *session.IAP2, data []byte) error { return dev.SendFile(data) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *sim.World) {
				acc, dev := up(t, w)
				acc.Files = true
				const count = 20_000
				sent := 0
				w.Go("sender", func() {
					for ; sent < count; sent++ {
						if send(dev, make([]byte, 1000)) != nil {
							return
						}
					}
				})
				w.Sleep(time.Second)
				require.Less(t, sent, 3*session.MaxKept/1000)
				for range count {
					var err error
					if name == "files" {
						_, err = acc.ReceiveFile(w.Now() + 10*time.Second)
					} else {
						_, err = acc.Receive(w.Now() + 10*time.Second)
					}
					require.NoError(t, err)
				}
				require.Equal(t, count, sent)
			})
		})
	}
}

// Datagrams of files that came after the transfers were over take no room.
func TestFilesThatAreNotWantedAnyMoreAreDropped(t *testing.T) {
	inWorld(t, func(w *sim.World) {
		acc, dev := up(t, w)
		acc.Files = true
		w.Go("files", func() {
			for range 3 * session.MaxKept / 1000 {
				dev.SendFile(make([]byte, 1000))
			}
			dev.Send(control.Build("StartIdentification"))
		})
		w.Sleep(time.Second)
		acc.Files = false
		_, err := acc.Receive(w.Now() + 30*time.Second)
		require.NoError(t, err)
	})
}
