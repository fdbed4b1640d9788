package usbip_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// fake is a server that says what a test has it say, one script a connection.
type fake struct {
	t  testing.TB
	wg sync.WaitGroup

	mu      sync.Mutex
	scripts []func(*remote)
	dials   int
}

// remote is the server's end of a connection.
type remote struct {
	t testing.TB
	net.Conn
}

var errNobody = errors.New("nobody is there")

func (f *fake) dial(context.Context) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dials++
	if len(f.scripts) == 0 {
		return nil, errNobody
	}
	script := f.scripts[0]
	f.scripts = f.scripts[1:]
	if script == nil {
		return nil, errNobody
	}
	ours, theirs := net.Pipe()
	f.wg.Go(func() {
		defer theirs.Close()
		_ = theirs.SetDeadline(time.Now().Add(patience))
		script(&remote{f.t, theirs})
	})
	return ours, nil
}

// client runs a client at a fake, and fn in its world.
func fakeServer(t testing.TB, o usbip.ClientOptions, fn func(*sim.World, *usbip.Client), scripts ...func(*remote)) {
	t.Helper()
	f := &fake{t: t, scripts: scripts}
	w := sim.New(sim.RealTime())
	o.Dial = f.dial
	if o.Retry == 0 {
		o.Retry = time.Millisecond
	}
	require.NoError(t, w.Run(func() {
		k := usbip.NewClient(w, o)
		fn(w, k)
		require.NoError(t, k.Close())
	}))
	f.wg.Wait()
}

func (r *remote) send(b ...[]byte) {
	for _, p := range b {
		if _, err := r.Write(p); err != nil {
			return
		}
	}
}

func (r *remote) read(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil
	}
	return b
}

// op reads an operation and, of an import, the busid.
func (r *remote) op() (wire.Op, string) {
	op, err := wire.ParseOp(r.read(wire.OpLen))
	if err != nil || op.Code != wire.ReqImport {
		return op, ""
	}
	id, err := wire.ParseBusID(r.read(wire.BusIDLen))
	if err != nil {
		r.t.Errorf("busid: %v", err)
	}
	return op, id
}

// give answers an import.
func (r *remote) give(d wire.Device) {
	r.send(wire.Op{Code: wire.RepImport}.AppendTo(nil), d.AppendTo(nil))
}

// request reads a request and its data; nil at the end.
func (r *remote) request() (*wire.Request, []byte) {
	b := r.read(wire.HeaderLen)
	if b == nil {
		return nil, nil
	}
	q, err := wire.ParseRequest(b)
	if err != nil {
		r.t.Errorf("request: %v", err)
		return nil, nil
	}
	if q.Command == wire.CmdSubmit && !q.In {
		return &q, r.read(int(q.Length))
	}
	return &q, nil
}

func (r *remote) ret(q *wire.Request, status int32, actual int, data []byte) {
	a := wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Status: status, Actual: int32(actual)}
	r.send(a.AppendTo(nil), data)
}

func (r *remote) retUnlink(q *wire.Request, status int32) {
	a := wire.Reply{Command: wire.RetUnlink, Seq: q.Seq, Status: status}
	r.send(a.AppendTo(nil))
}

// vudc is what a gadget on usbip-vudc is to a client: no numbers.
var vudc = wire.Device{Path: "/sys/devices/platform/usbip-vudc.0", BusID: "usbip-vudc.0", Speed: 3, Vendor: 0x1209, Product: 1, Configurations: 1}

// usual imports vudc, answers control transfers as the suite's device would, and
// leaves the others to fn, which says whether to go on.
func usual(fn func(r *remote, q *wire.Request, data []byte) bool) func(*remote) {
	return func(r *remote) {
		if op, id := r.op(); op.Code != wire.ReqImport || id != vudc.BusID {
			r.t.Errorf("%v of %q", op.Code, id)
			return
		}
		r.give(vudc)
		for {
			q, data := r.request()
			if q == nil {
				return
			}
			if q.Command == wire.CmdSubmit && q.Endpoint == 0 && r.chapter9(q) {
				continue
			}
			if fn == nil || !fn(r, q, data) {
				return
			}
		}
	}
}

// chapter9 answers what a host asks to know a device.
func (r *remote) chapter9(q *wire.Request) bool {
	d := usbtest.Descriptors()
	d.Device.Configurations = 1
	s := usb.ParseSetup(q.Setup)
	var b []byte
	switch {
	case s.RequestType == usb.DirIn && s.Request == usb.ReqGetDescriptor && s.Value == 0x0100:
		b = d.Device.AppendTo(nil)
	case s.RequestType == usb.DirIn && s.Request == usb.ReqGetDescriptor && s.Value == 0x0200:
		b = d.Configs[0].AppendTo(nil)
	case s.RequestType == usb.DirIn && s.Request == usb.ReqGetDescriptor:
		r.ret(q, wire.ErrnoPipe, 0, nil)
		return true
	case s.RequestType&usb.TypeMask == usb.TypeStandard && !s.In() && s.Request != usb.ReqSetAddress:
	default:
		return false
	}
	b = b[:min(len(b), int(q.Length))]
	r.ret(q, 0, len(b), b)
	return true
}

// open waits for the device and makes it ready.
func open(t testing.TB, w *sim.World, k *usbip.Client) usb.Conn {
	t.Helper()
	info, ok := usb.WaitDevice(k, w.Now()+patience)
	require.True(t, ok, "no device: %v", k.Err())
	conn, err := k.Open(info.ID)
	require.NoError(t, err)
	require.NoError(t, conn.SetConfiguration(1))
	require.NoError(t, conn.ClaimInterface(0))
	return conn
}
