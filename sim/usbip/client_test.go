package usbip_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// A gadget on usbip-vudc has busnum, devnum and so devid 0, and no address is
// ever given over the wire.
func TestClientOfVUDC(t *testing.T) {
	var setups []usb.Setup
	fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
		conn := open(t, w, k)
		require.Equal(t, usb.High, conn.Info().Speed)
		require.Equal(t, uint16(0x1209), conn.Info().Device.VendorID)
		require.NotZero(t, conn.Info().Address)
		require.NoError(t, k.Err())
		x := &usb.Transfer{Endpoint: 0x83, Data: make([]byte, 64)}
		require.NoError(t, usb.Do(w, conn, x, patience))
		require.Equal(t, "report", string(x.Data[:x.Actual]))
		require.NoError(t, usb.Do(w, conn, &usb.Transfer{Endpoint: 2, Data: []byte("out"), ZeroPacket: true}, patience))
		require.NoError(t, usb.Do(w, conn, &usb.Transfer{Endpoint: 2}, patience))
		require.NoError(t, conn.Reset())
	}, func(r *remote) {
		tee := usual(func(r *remote, q *wire.Request, data []byte) bool {
			require.Zero(t, q.DevID)
			switch q.Endpoint {
			case 3: // a server that submits it to a real host controller needs the interval
				require.Equal(t, wire.Request{Command: wire.CmdSubmit, Seq: q.Seq, In: true, Endpoint: 3, Flags: wire.FlagDirIn, Length: 64, Interval: 8}, *q)
				r.ret(q, 0, 6, []byte("report"))
			case 2:
				want := wire.Request{Command: wire.CmdSubmit, Seq: q.Seq, Endpoint: 2, Length: int32(len(data))}
				if len(data) > 0 {
					want.Flags = wire.FlagZeroPacket
					require.Equal(t, "out", string(data))
				}
				require.Equal(t, want, *q)
				r.ret(q, 0, len(data), nil)
			default:
				setups = append(setups, usb.ParseSetup(q.Setup))
			}
			return true
		})
		tee(r)
	})
	require.Empty(t, setups, "neither SET_ADDRESS nor anything else that is not asked of a device over USB/IP")
}

// A server may say no, or nonsense, or nothing, and have the device later.
func TestClientTriesAgain(t *testing.T) {
	no := func(s wire.Status) func(*remote) {
		return func(r *remote) {
			r.op()
			r.send(wire.Op{Code: wire.RepImport, Status: s}.AppendTo(nil))
		}
	}
	var errs []string
	watched := func(k *usbip.Client) {
		if err := k.Err(); err != nil && (len(errs) == 0 || errs[len(errs)-1] != err.Error()) {
			errs = append(errs, err.Error())
		}
	}
	other := vudc
	other.BusID = "1-1"
	fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID, Retry: 20 * time.Millisecond}, func(w *sim.World, k *usbip.Client) {
		for end := w.Now() + patience; !k.Imported(); w.Sleep(time.Millisecond) {
			require.Less(t, w.Now(), end)
			watched(k)
		}
		open(t, w, k)
	},
		nil, no(wire.StatusNoDevice), no(wire.StatusBusy), no(99),
		func(r *remote) { r.op(); r.send([]byte("HTTP/1.1")) },
		func(r *remote) { r.op(); r.send(wire.Op{Code: wire.RepDevlist}.AppendTo(nil)) },
		func(r *remote) { r.op() },
		func(r *remote) { r.op(); r.give(other) },
		usual(nil))
	const of = `usbip: import of "usbip-vudc.0": `
	require.Equal(t, []string{
		"nobody is there", of + "no such device", of + "device busy", of + "status 99",
		of + "usbip: OP header, offset 0: version is 18516, want 273: not USB/IP 1.1.1",
		of + "usbip: OP header, offset 2: code is 5, want 3: unknown here",
		of + "usbip: the server says nothing to OP_REQ_IMPORT: unexpected EOF",
		of + `the server gives "1-1"`,
	}, errs)
}

// Without a busid the first device of the list is meant.
func TestClientTakesTheFirst(t *testing.T) {
	list := func(devices ...wire.Device) func(*remote) {
		return func(r *remote) {
			op, _ := r.op()
			require.Equal(t, wire.ReqDevlist, op.Code)
			r.send(wire.Op{Code: wire.RepDevlist}.AppendTo(nil), []byte{0, 0, 0, byte(len(devices))})
			for _, d := range devices {
				d.NumInterfaces = 1
				r.send(d.AppendTo(nil), wire.Interface{Class: 3}.AppendTo(nil))
			}
		}
	}
	fakeServer(t, usbip.ClientOptions{}, func(w *sim.World, k *usbip.Client) {
		require.Eventually(t, func() bool { w.Sleep(time.Millisecond); return k.Err() != nil }, patience, 1)
		require.EqualError(t, k.Err(), "usbip: the server exports nothing: no such device")
		open(t, w, k)
	}, list(), list(vudc, wire.Device{BusID: "1-1"}), usual(nil))
}

// When the device goes, what waits is over; when it comes again, it is another.
func TestClientSeesTheDeviceGo(t *testing.T) {
	fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
		conn := open(t, w, k)
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 64)}
		require.Equal(t, usb.Disconnected, usb.Do(w, conn, x, patience))
		require.EqualError(t, k.Err(), "usbip: the server ended the connection")
		again := open(t, w, k)
		require.NotEqual(t, conn.Info().ID, again.Info().ID)
		require.NoError(t, k.Err())
	}, usual(func(*remote, *wire.Request, []byte) bool { return false }), usual(nil))
}

// Answers that no server may give end the connection, with a reason.
func TestClientOfBadServers(t *testing.T) {
	for name, c := range map[string]struct {
		say  func(r *remote, q *wire.Request)
		want string
	}{
		"an answer to nothing":  {func(r *remote, q *wire.Request) { q.Seq += 7; r.ret(q, 0, 0, nil) }, "usbip: the server answers what was not asked: RET_SUBMIT of seqnum"},
		"more than was asked":   {func(r *remote, q *wire.Request) { r.ret(q, 0, 65, make([]byte, 65)) }, "usbip: RET_SUBMIT, offset 24: actual_length is 65, want at most 64"},
		"a negative length":     {func(r *remote, q *wire.Request) { r.ret(q, 0, -1, nil) }, "usbip: RET_SUBMIT, offset 24: actual_length is -1, want 0 to 16777216: out of range"},
		"two answers":           {func(r *remote, q *wire.Request) { r.ret(q, 0, 0, nil); r.ret(q, 0, 0, nil) }, "usbip: the server answers what was not asked: RET_SUBMIT of seqnum"},
		"half an answer":        {func(r *remote, q *wire.Request) { r.ret(q, 0, 64, make([]byte, 63)); r.Close() }, "unexpected EOF"},
		"a request":             {func(r *remote, q *wire.Request) { r.send(q.AppendTo(nil)) }, "usbip: reply, offset 0: command is 1, want 3 to 4: unknown here"},
		"something else":        {func(r *remote, q *wire.Request) { r.send(bytes.Repeat([]byte("x"), 48)) }, "usbip: reply, offset 0: command is 2021161080, want 3 to 4: unknown here"},
		"the end in the middle": {func(r *remote, q *wire.Request) { r.send(make([]byte, 20)); r.Close() }, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID, Retry: -1}, func(w *sim.World, k *usbip.Client) {
				conn := open(t, w, k)
				for x := (&usb.Transfer{Endpoint: 0x81, Data: make([]byte, 64)}); usb.Do(w, conn, x, patience) == nil; {
				}
				require.ErrorContains(t, k.Err(), c.want)
				require.False(t, k.Imported())
			}, usual(func(r *remote, q *wire.Request, _ []byte) bool { c.say(r, q); return true }))
		})
	}
}

// Servers answer an unlink in different ways, and the transfer is given back
// once in all of them.
func TestClientCancels(t *testing.T) {
	for name, c := range map[string]struct {
		say    func(r *remote, q, u *wire.Request)
		status usb.Status
		actual int
	}{
		"in time":                  {func(r *remote, q, u *wire.Request) { r.retUnlink(u, wire.ErrnoConnReset) }, usb.Canceled, 0},
		"in time, by another name": {func(r *remote, q, u *wire.Request) { r.retUnlink(u, wire.ErrnoNoEntry) }, usb.Canceled, 0},
		"too late":                 {func(r *remote, q, u *wire.Request) { r.ret(q, 0, 4, []byte("data")); r.retUnlink(u, 0) }, usb.OK, 4},
		"too late, and not found":  {func(r *remote, q, u *wire.Request) { r.ret(q, 0, 4, []byte("data")); r.retUnlink(u, wire.ErrnoNoEntry) }, usb.OK, 4},
		"half way": {func(r *remote, q, u *wire.Request) {
			r.ret(q, wire.ErrnoConnReset, 4, []byte("data"))
			r.retUnlink(u, 0)
		}, usb.Canceled, 4},
		"forgotten": {func(r *remote, q, u *wire.Request) { r.retUnlink(u, 0) }, usb.Canceled, 0},
		"with an answer to no unlink": {func(r *remote, q, u *wire.Request) {
			r.retUnlink(&wire.Request{Seq: 9999}, 0)
			r.retUnlink(u, wire.ErrnoConnReset)
		}, usb.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var first *wire.Request
			fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
				conn := open(t, w, k)
				var done int
				x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 64), Done: func(*usb.Transfer) { done++ }}
				conn.Submit(x)
				w.Sleep(time.Millisecond)
				conn.Cancel(x)
				conn.Cancel(x)
				for end := w.Now() + patience; done == 0 && w.Now() < end; w.Sleep(time.Millisecond) {
				}
				require.Equal(t, 1, done)
				require.Equal(t, c.status, x.Status)
				require.Equal(t, "data"[:c.actual], string(x.Data[:x.Actual]))
				y := &usb.Transfer{Endpoint: 0x83, Data: make([]byte, 64)}
				require.NoError(t, usb.Do(w, conn, y, patience), "the connection is in order")
				require.Equal(t, 1, done)
			}, usual(func(r *remote, q *wire.Request, _ []byte) bool {
				switch {
				case q.Command == wire.CmdUnlink:
					require.Equal(t, first.Seq, q.Target)
					c.say(r, first, q)
				case q.Endpoint == 1:
					first = q
				default:
					r.ret(q, 0, 0, nil)
				}
				return true
			}))
		})
	}
}

// A reset gives back everything at once, though the server has not answered; what
// it answers then is for nobody.
func TestClientResets(t *testing.T) {
	var unlinked bool
	fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
		conn := open(t, w, k)
		x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, 64)}
		var done bool
		x.Done = func(*usb.Transfer) { done = true }
		conn.Submit(x)
		require.NoError(t, conn.Reset())
		require.True(t, done)
		require.Equal(t, usb.Shutdown, x.Status)
		y := &usb.Transfer{Endpoint: 0x83, Data: make([]byte, 64)}
		require.NoError(t, usb.Do(w, conn, y, patience))
		require.Equal(t, make([]byte, 64), x.Data, "the buffer is its owner's")
	}, usual(func(r *remote, q *wire.Request, _ []byte) bool {
		switch {
		case q.Command == wire.CmdUnlink:
			unlinked = true
			r.ret(&wire.Request{Seq: q.Target}, 0, 4, []byte("late"))
			r.retUnlink(q, 0)
		case q.Endpoint == 3:
			r.ret(q, 0, 0, nil)
		}
		return true
	}))
	require.True(t, unlinked)
}

func TestClientCloses(t *testing.T) {
	t.Run("while it dials", func(t *testing.T) {
		w := sim.New(sim.RealTime())
		began := time.Now()
		require.NoError(t, w.Run(func() {
			k := usbip.NewClient(w, usbip.ClientOptions{Dial: dialNobody})
			w.Sleep(time.Millisecond)
			require.NoError(t, k.Close())
			w.Sleep(time.Millisecond)
		}))
		require.Less(t, time.Since(began), 5*time.Second)
	})
	t.Run("while it has a device", func(t *testing.T) {
		var x usb.Transfer
		fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
			conn := open(t, w, k)
			x = usb.Transfer{Endpoint: 0x81, Data: make([]byte, 64), Done: func(*usb.Transfer) {}}
			conn.Submit(&x)
			watch := k.Watch()
			watch.Next(0)
			require.NoError(t, k.Close())
			e, ok := watch.Next(w.Now() + patience)
			require.True(t, ok)
			require.Equal(t, usb.Detached, e.Kind)
			require.False(t, k.Imported())
			require.Equal(t, usb.Disconnected, x.Status)
			require.NoError(t, k.Close(), "twice")
		}, usual(func(*remote, *wire.Request, []byte) bool { return true }))
	})
	t.Run("with its world", func(t *testing.T) {
		ended := make(chan bool, 1)
		f := &fake{t: t, scripts: []func(*remote){func(r *remote) {
			usual(func(*remote, *wire.Request, []byte) bool { return true })(r)
			ended <- true
		}}}
		w := sim.New(sim.RealTime())
		require.NoError(t, w.Run(func() {
			k := usbip.NewClient(w, usbip.ClientOptions{BusID: vudc.BusID, Dial: f.dial})
			open(t, w, k)
		}))
		<-ended
		f.wg.Wait()
	})
}

func dialNobody(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestTransferThatIsTooLong(t *testing.T) {
	fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
		conn := open(t, w, k)
		x := &usb.Transfer{Endpoint: 2, Data: make([]byte, wire.MaxTransfer+1)}
		require.Equal(t, usb.Invalid, usb.Do(w, conn, x, patience))
	}, usual(nil))
}

func TestList(t *testing.T) {
	b := serve(t, usbip.Options{})
	got, err := usbip.List(t.Context(), "tcp:"+b.addr)
	require.NoError(t, err)
	want := b.dial().list()
	require.Equal(t, []usbip.Listing{{Device: want[0].Device, Interfaces: want[0].Interfaces}}, got)
	_, err = usbip.List(t.Context(), "unix:/no/such/socket")
	require.Error(t, err)
	_, err = usbip.List(t.Context(), "unix:")
	require.EqualError(t, err, `usbip: address "unix:": no path`)
}

func TestParseTarget(t *testing.T) {
	for spec, want := range map[string]usbip.ClientOptions{
		"192.168.7.2/1-1":             {Server: "192.168.7.2", BusID: "1-1"},
		"tcp:localhost:4000/1-1.4":    {Server: "tcp:localhost:4000", BusID: "1-1.4"},
		"unix:/run/plugfest.sock/1-1": {Server: "unix:/run/plugfest.sock", BusID: "1-1"},
		"192.168.7.2":                 {Server: "192.168.7.2"},
		"unix:/run/plugfest.sock/":    {Server: "unix:/run/plugfest.sock"},
		"":                            {},
	} {
		got, err := usbip.ParseTarget(spec)
		require.NoError(t, err)
		require.Equal(t, want, got, spec)
	}
	for _, spec := range []string{"unix:/", "host/00000000000000000000000000000000"} {
		_, err := usbip.ParseTarget(spec)
		require.ErrorContains(t, err, "want SERVER/BUSID", spec)
	}
}

// A list that makes no sense is not believed, however long it says it is.
func TestClientOfBadLists(t *testing.T) {
	list := func(parts ...[]byte) func(*remote) {
		return func(r *remote) {
			r.op()
			r.send(wire.Op{Code: wire.RepDevlist}.AppendTo(nil))
			r.send(parts...)
		}
	}
	one := []byte{0, 0, 0, 1}
	endless := vudc.AppendTo(nil)
	for i := range 256 {
		endless[i] = 'x'
	}
	interfaces := vudc
	interfaces.NumInterfaces = 255
	for name, c := range map[string]struct {
		script func(*remote)
		want   string
	}{
		"no number":        {list(), "EOF"},
		"too many devices": {list([]byte{0xFF, 0xFF, 0xFF, 0xFF}), "usbip: OP_REP_DEVLIST, offset 8: number of devices is 4294967295, want at most 4096"},
		"no device":        {list(one), "EOF"},
		"half a device":    {list(one, endless[:100]), "unexpected EOF"},
		"no interfaces":    {list(one, interfaces.AppendTo(nil)), "EOF"},
		"an endless path":  {list(one, endless), "usbip: device, offset 0: path (length) is 256, want 0 to 255: no text that ends within the field"},
		"another answer":   {func(r *remote) { r.op(); r.give(vudc) }, "usbip: OP header, offset 2: code is 3, want 5: unknown here"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeServer(t, usbip.ClientOptions{Retry: -1}, func(w *sim.World, k *usbip.Client) {
				require.Eventually(t, func() bool { w.Sleep(time.Millisecond); return k.Err() != nil }, patience, 1)
				require.EqualError(t, k.Err(), c.want)
			}, c.script)
		})
	}
}

// A server may tell a speed that no cable here has, or none.
func TestClientSpeeds(t *testing.T) {
	for told, want := range []usb.Speed{usb.High, usb.Low, usb.Full, usb.High, usb.High, usb.Super, usb.Super, usb.Super} {
		fakeServer(t, usbip.ClientOptions{BusID: vudc.BusID}, func(w *sim.World, k *usbip.Client) {
			require.Equal(t, want, open(t, w, k).Info().Speed, "speed %d", told)
		}, func(r *remote) {
			d := vudc
			d.Speed = uint32(told)
			r.op()
			r.give(d)
			for q, _ := r.request(); q != nil; q, _ = r.request() {
				r.chapter9(q)
			}
		})
	}
}
