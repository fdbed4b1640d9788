package usbip_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

func TestListAndImport(t *testing.T) {
	b := serve(t, usbip.Options{})
	want := wire.Device{Path: "/plugfest/usb1/1-1", BusID: "1-1", BusNum: 1, DevNum: 1, Speed: 3, Vendor: 0x1209, Product: 1, Release: 0x123,
		Configuration: 1, Configurations: 1, NumInterfaces: 2}
	require.Equal(t, []listed{{want, []wire.Interface{{Class: 255, SubClass: 1}, {Class: 255, SubClass: 2}}}}, b.dial().list())
	c := b.dial()
	status, d := c.importing("1-1")
	require.Equal(t, wire.StatusOK, status)
	require.Equal(t, want, d)
	require.Empty(t, b.dial().list(), "what is imported is not shown")
	status, _ = b.dial().importing("1-1")
	require.Equal(t, wire.StatusBusy, status)
	for _, id := range []string{"1-2", "", "../1-1"} {
		status, _ = b.dial().importing(id)
		require.Equal(t, wire.StatusNoDevice, status)
	}
	r, data := c.ask(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetDescriptor, Value: 0x0100, Length: 64})
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: 1, Actual: 18}, r, "the one who has it keeps it")
	require.Len(t, data, 18)
}

// A host may go and another come: the device is plugged in all the time.
func TestImportAgain(t *testing.T) {
	b := serve(t, usbip.Options{})
	for range 20 {
		c := b.imported()
		c.configure()
		c.submit(c.in(1, 64))
		b.do(func() { require.True(t, b.port.Imported()) })
		require.NoError(t, c.Close())
		b.until("the device learns that its host is gone", func() bool { return b.g.State() == usb.StateDetached && !b.port.Imported() })
	}
}

// Detach is an unplugging: the connection ends, after what the device has sent.
func TestDetach(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	const n = 40
	for range n + 5 {
		c.submit(c.in(1, 64<<10))
	}
	b.until("all of them wait", func() bool { return b.g.State() == usb.StateConfigured })
	b.do(func() {
		for range n {
			b.g.Endpoint(0x81).Write(make([]byte, 64<<10-1))
		}
		b.port.Detach()
		require.Equal(t, usb.StateDetached, b.g.State(), "at once")
		require.False(t, b.port.Imported())
		b.port.Detach()
	})
	for range n {
		r, _ := c.answer(true)
		require.Equal(t, int32(64<<10-1), r.Actual)
	}
	rest, err := io.ReadAll(c)
	require.NoError(t, err, "the stream ends, it does not break")
	require.Empty(t, rest, "those that waited have no answer")
	require.Empty(t, b.dial().list())
	status, _ := b.dial().importing("1-1")
	require.Equal(t, wire.StatusNoDevice, status)

	b.do(func() { require.NoError(t, b.port.Attach(b.g)) })
	_, d := b.dial().importing("1-1")
	require.Equal(t, uint32(2), d.DevNum, "another attachment")
}

// A client that sends on after the end does not keep what was sent to it from
// arriving, nor the server from ending.
func TestDetachOfAClientThatDoesNotListen(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	b.do(func() { b.port.Detach() })
	began := time.Now()
	for {
		if _, err := c.Write(c.in(1, 64).AppendTo(nil)); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	require.WithinDuration(t, began, time.Now(), 5*time.Second)
}

func TestAttach(t *testing.T) {
	b := serve(t, usbip.Options{})
	b.do(func() {
		require.ErrorContains(t, b.port.Attach(b.g), "detach it first")
		other, err := b.server.Port("2-1", usbip.PortOptions{})
		require.NoError(t, err)
		hub := usbtest.Descriptors()
		hub.Device.Class = 9
		require.ErrorContains(t, other.Attach(usb.NewGadget(b.w, "hub", hub, nil)), "hubs cannot be exported")
		require.ErrorContains(t, other.Attach(usb.NewGadget(b.w, "nothing", &usb.Descriptors{}, nil)), "no configuration")
		require.Equal(t, usb.SpeedUnknown, other.Speed())
		require.NoError(t, other.Attach(usb.NewGadget(b.w, "other", usbtest.Descriptors(), nil)))
		require.Equal(t, "2-1", other.BusID())
		require.Equal(t, uint32(0x20001), other.ID())
	})
	require.Len(t, b.dial().list(), 2)
	b.do(func() {
		require.NoError(t, b.server.Close())
		require.ErrorContains(t, b.port.Attach(b.g), "closed")
		require.ErrorContains(t, b.port.ServeConn(&net.TCPConn{}), "closed")
		require.NoError(t, b.server.Close(), "twice")
	})
}

func TestPorts(t *testing.T) {
	w := sim.New()
	s := usbip.NewServer(w, usbip.Options{})
	defer s.Close()
	var buses []uint32
	for _, id := range []string{"3-1", "1-1", "3-2", "phone", "999-1", "0-1"} {
		p, err := s.Port(id, usbip.PortOptions{})
		require.NoError(t, err)
		buses = append(buses, p.ID()>>16)
	}
	require.Equal(t, []uint32{3, 1, 2, 4, 5, 6}, buses, "each has a bus of its own, by its busid where that can be")
	_, err := s.Port("1-1", usbip.PortOptions{})
	require.EqualError(t, err, `usbip: port "1-1": another port has it`)
	_, err = s.Port(strings.Repeat("1", 32), usbip.PortOptions{})
	require.ErrorIs(t, err, wire.ErrText)
}

func TestSpeeds(t *testing.T) {
	for _, c := range []struct{ port, device, want usb.Speed }{
		{usb.SpeedUnknown, usb.SpeedUnknown, usb.High},
		{usb.Super, usb.SpeedUnknown, usb.High},
		{usb.SpeedUnknown, usb.Super, usb.High},
		{usb.Super, usb.Super, usb.Super},
		{usb.Full, usb.SpeedUnknown, usb.Full},
		{usb.Low, usb.SpeedUnknown, usb.Low},
	} {
		b := serve(t, usbip.Options{})
		b.do(func() {
			p, err := b.server.Port("2-1", usbip.PortOptions{Speed: c.port})
			require.NoError(t, err)
			d := usbtest.Descriptors()
			d.Speed = c.device
			b.g = usb.NewGadget(b.w, "gadget", d, nil)
			require.NoError(t, p.Attach(b.g))
			require.Equal(t, c.want, p.Speed())
		})
		_, d := b.dial().importing("2-1")
		require.Equal(t, uint32(c.want), d.Speed)
		b.do(func() { require.Equal(t, c.want, b.g.Speed(), "the device is reset to it") })
	}
}

// A socketpair, as vhci_hcd takes its other end, has no OP layer.
func TestServeConn(t *testing.T) {
	b := serve(t, usbip.Options{})
	pair := func() (ours, theirs net.Conn) {
		l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
		require.NoError(t, err)
		defer l.Close()
		ours, err = net.Dial("unix", l.Addr().String())
		require.NoError(t, err)
		theirs, err = l.Accept()
		require.NoError(t, err)
		t.Cleanup(func() { ours.Close() })
		require.NoError(t, ours.SetDeadline(time.Now().Add(patience)))
		return ours, theirs
	}
	ours, theirs := pair()
	b.do(func() { require.NoError(t, b.port.ServeConn(theirs)) })
	c := &client{t: t, Conn: ours}
	c.configure()
	other, theirs := pair()
	b.do(func() { require.EqualError(t, b.port.ServeConn(theirs), `usbip: port "1-1": device busy`) })
	(&client{t: t, Conn: other}).closed()
	b.do(func() { b.port.Detach() })
	c.closed()
	other, theirs = pair()
	b.do(func() { require.EqualError(t, b.port.ServeConn(theirs), `usbip: port "1-1": no such device`) })
	(&client{t: t, Conn: other}).closed()
}

// Two devices at once do not know of each other.
func TestTwoDevices(t *testing.T) {
	b := serve(t, usbip.Options{})
	var second *usb.Gadget
	b.do(func() {
		p, err := b.server.Port("2-1", usbip.PortOptions{})
		require.NoError(t, err)
		second = usb.NewGadget(b.w, "second", usbtest.Descriptors(), nil)
		require.NoError(t, p.Attach(second))
	})
	one, two := b.imported(), b.dial()
	status, _ := two.importing("2-1")
	require.Equal(t, wire.StatusOK, status)
	one.configure()
	two.configure()
	one.submit(one.in(1, 64))
	two.submit(two.in(1, 64))
	b.do(func() {
		second.Endpoint(0x81).Write([]byte("two"))
		b.port.Detach()
	})
	_, data := two.answer(true)
	require.Equal(t, "two", string(data))
	one.closed()
}

// When the world ends, so does everything that came in.
func TestWorldEnds(t *testing.T) {
	w := sim.New(sim.RealTime())
	s := usbip.NewServer(w, usbip.Options{})
	l, err := usbip.Open("tcp:127.0.0.1:0")
	require.NoError(t, err)
	s.Serve(l)
	p, err := s.Port("1-1", usbip.PortOptions{})
	require.NoError(t, err)
	b := &bench{t: t, w: w, addr: l.Addr().String()}
	var c, idle *client
	require.NoError(t, w.Run(func() {
		require.NoError(t, p.Attach(usb.NewGadget(w, "gadget", usbtest.Descriptors(), nil)))
		w.Outside("a client", func() {
			idle = b.dial()
			c = b.imported()
			c.configure()
		})
	}))
	c.closed()
	idle.closed()
	_, err = net.Dial("tcp", b.addr)
	require.Error(t, err)
	s.ServeConn(idle.Conn) // closed at once
	s.Serve(l)
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ spec, network, where string }{
		{"tcp:127.0.0.1:0", "tcp", "127.0.0.1"},
		{"tcp::0", "tcp", "127.0.0.1"},
		{"127.0.0.1:0", "tcp", "127.0.0.1"},
		{":0", "tcp", "127.0.0.1"},
		{"0", "tcp", "127.0.0.1"},
		{"tcp:0.0.0.0:0", "tcp", "::"},
		{"unix:" + dir + "/a", "unix", dir + "/a"},
		{dir + "/b", "unix", dir + "/b"},
	} {
		l, err := usbip.Open(c.spec)
		require.NoError(t, err, c.spec)
		require.Equal(t, c.network, l.Addr().Network(), c.spec)
		where := l.Addr().String()
		if c.network == "tcp" {
			where, _, err = net.SplitHostPort(where)
			require.NoError(t, err)
			if c.where == "::" && where == "0.0.0.0" {
				where = "::"
			}
		}
		require.Equal(t, c.where, where, c.spec)
		require.NoError(t, l.Close())
	}
	for _, spec := range []string{"unix:", "tcp:127.0.0.1:99999", "tcp:256.256.256.256:0", "unix:" + dir + "/no/such"} {
		_, err := usbip.Open(spec)
		require.ErrorContains(t, err, "want tcp:HOST:PORT or unix:/path", spec)
	}
}

func TestOpenReplacesWhatWasLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := usbip.Open(path)
	require.NoError(t, err)
	_, err = usbip.Open(path)
	require.ErrorContains(t, err, "a server serves it")
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	l, err = usbip.Open(path)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, os.WriteFile(path, []byte("a file"), 0o600))
	_, err = usbip.Open(path)
	require.Error(t, err, "a file is not a socket that was left")
}
