package usbip_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what waits on a socket.
const patience = 10 * time.Second

// bench is a world on the machine's clock that serves one port, 1-1, and the
// gadget at it.
type bench struct {
	t      testing.TB
	w      *sim.World
	server *usbip.Server
	port   *usbip.Port
	g      *usb.Gadget
	f      *function
	addr   string
}

// function answers every vendor request that comes in with its wIndex, times
// wLength, and takes every one that goes out; request 9 is never answered, and 8
// refused.
type function struct {
	usb.BaseFunction
	kept []*usb.ControlRequest
}

func (f *function) Control(c *usb.ControlRequest) {
	switch c.Setup.Request {
	case 9:
		f.kept = append(f.kept, c)
	case 8:
		c.Stall()
	default:
		b := make([]byte, c.Setup.Length)
		for i := range b {
			b[i] = byte(c.Setup.Index)
		}
		c.Reply(b)
	}
}

// serve runs a server with a gadget attached until the test ends.
func serve(t testing.TB, o usbip.Options) *bench {
	t.Helper()
	b := &bench{t: t, w: sim.New(sim.RealTime())}
	b.server = usbip.NewServer(b.w, o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.addr = l.Addr().String()
	b.server.Serve(l)
	b.port, err = b.server.Port("1-1", usbip.PortOptions{Host: "computer", Device: "gadget"})
	require.NoError(t, err)
	b.f = &function{}
	b.g = usb.NewGadget(b.w, "gadget", usbtest.Descriptors(), b.f)
	require.NoError(t, b.port.Attach(b.g))
	end := b.w.NewCond("end of the test")
	over := false
	t.Cleanup(b.w.Hold())
	done := make(chan error, 1)
	go func() {
		defer close(done) // a test that fails inside ends the goroutine
		done <- b.w.Run(func() { end.WaitFor(sim.Never, func() bool { return over }) })
	}()
	t.Cleanup(func() {
		b.w.Post(func() { over = true; end.Broadcast() })
		require.NoError(t, <-done)
	})
	return b
}

// do runs fn in the world.
func (b *bench) do(fn func()) { b.t.Helper(); require.NoError(b.t, b.w.Call("test", fn)) }

// until waits for a condition of the world.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	b.do(func() {
		for end := b.w.Now() + patience; !ok(); b.w.Sleep(time.Millisecond) {
			if b.w.Now() > end {
				b.t.Errorf("never: %s", what)
				return
			}
		}
	})
}

// client is a client that says what it is told to say.
type client struct {
	t testing.TB
	net.Conn
	seq uint32
}

func (b *bench) dial() *client {
	b.t.Helper()
	c, err := net.Dial("tcp", b.addr)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { c.Close() })
	require.NoError(b.t, c.SetDeadline(time.Now().Add(patience)))
	return &client{t: b.t, Conn: c}
}

// imported is a client that has imported 1-1.
func (b *bench) imported() *client {
	b.t.Helper()
	c := b.dial()
	status, _ := c.importing("1-1")
	require.Equal(b.t, wire.StatusOK, status)
	return c
}

func (c *client) send(b ...[]byte) {
	c.t.Helper()
	v := net.Buffers(b)
	_, err := v.WriteTo(c)
	require.NoError(c.t, err)
}

func (c *client) read(n int) []byte {
	c.t.Helper()
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	require.NoError(c.t, err)
	return b
}

// closed wants the server to end the connection.
func (c *client) closed() {
	c.t.Helper()
	n, err := io.Copy(io.Discard, c)
	var timeout net.Error
	if err, ok := err.(net.Error); ok {
		timeout = err
	}
	require.False(c.t, timeout != nil && timeout.Timeout(), "the server does not close the connection; %d bytes came", n)
}

// listed is a device of a list.
type listed struct {
	wire.Device
	Interfaces []wire.Interface
}

func (c *client) list() []listed {
	c.t.Helper()
	c.send(wire.Op{Code: wire.ReqDevlist}.AppendTo(nil))
	op, err := wire.ParseOp(c.read(wire.OpLen))
	require.NoError(c.t, err)
	require.Equal(c.t, wire.Op{Code: wire.RepDevlist}, op)
	list := make([]listed, binary.BigEndian.Uint32(c.read(4)))
	for i := range list {
		list[i].Device, err = wire.ParseDevice(c.read(wire.DeviceLen))
		require.NoError(c.t, err)
		for range list[i].NumInterfaces {
			f, err := wire.ParseInterface(c.read(wire.InterfaceLen))
			require.NoError(c.t, err)
			list[i].Interfaces = append(list[i].Interfaces, f)
		}
	}
	c.closed()
	return list
}

func (c *client) importing(busid string) (wire.Status, wire.Device) {
	c.t.Helper()
	c.send(wire.Op{Code: wire.ReqImport}.AppendTo(nil), wire.AppendBusID(nil, busid))
	op, err := wire.ParseOp(c.read(wire.OpLen))
	require.NoError(c.t, err)
	require.Equal(c.t, wire.RepImport, op.Code)
	if op.Status != wire.StatusOK {
		c.closed()
		return op.Status, wire.Device{}
	}
	d, err := wire.ParseDevice(c.read(wire.DeviceLen))
	require.NoError(c.t, err)
	return op.Status, d
}

// in and out make requests for a bulk or interrupt endpoint.
func (c *client) in(ep uint8, n int) *wire.Request {
	c.seq++
	return &wire.Request{Command: wire.CmdSubmit, Seq: c.seq, DevID: 0x10001, In: true, Endpoint: ep, Length: int32(n)}
}

func (c *client) out(ep uint8, n int) *wire.Request {
	r := c.in(ep, n)
	r.In = false
	return r
}

// control makes a control request.
func (c *client) control(s usb.Setup) *wire.Request {
	r := c.in(0, int(s.Length))
	r.In, r.Setup = s.In() && s.Length > 0, s.Bytes()
	return r
}

func (c *client) unlink(target *wire.Request) *wire.Request {
	c.seq++
	return &wire.Request{Command: wire.CmdUnlink, Seq: c.seq, DevID: 0x10001, Target: target.Seq}
}

// submit sends a request and its data.
func (c *client) submit(r *wire.Request, data ...byte) *wire.Request {
	c.t.Helper()
	c.send(r.AppendTo(nil), data)
	return r
}

// answer reads a reply; in says whether data follows it.
func (c *client) answer(in bool) (wire.Reply, []byte) {
	c.t.Helper()
	r, err := wire.ParseReply(c.read(wire.HeaderLen))
	require.NoError(c.t, err)
	if in {
		return r, c.read(int(r.Actual))
	}
	return r, nil
}

// ask makes a control request and waits for the answer.
func (c *client) ask(s usb.Setup, data ...byte) (wire.Reply, []byte) {
	c.t.Helper()
	q := c.submit(c.control(s), data...)
	r, b := c.answer(q.In)
	require.Equal(c.t, q.Seq, r.Seq)
	return r, b
}

// configure has the gadget configured.
func (c *client) configure() {
	c.t.Helper()
	r, _ := c.ask(usb.Setup{Request: usb.ReqSetConfiguration, Value: 1})
	require.Zero(c.t, r.Status)
}
