package usbip_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usb/usbtest"
	"github.com/plugfest/plugfest/sim/usbip"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

func retUnlink(q *wire.Request, status int32) wire.Reply {
	return wire.Reply{Command: wire.RetUnlink, Seq: q.Seq, Status: status}
}

func TestUnlinkOfWhatWaits(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	for name, q := range map[string]*wire.Request{
		"bulk in": c.in(1, 512), "bulk out": c.out(2, 512), "interrupt": c.in(3, 64),
		"control": c.control(usb.Setup{RequestType: usb.DirIn | usb.TypeVendor, Request: 9, Length: 10}),
	} {
		c.submit(q, make([]byte, int(q.Length)*btoi(!q.In))...)
		u := c.submit(c.unlink(q))
		r, _ := c.answer(false)
		require.Equal(t, retUnlink(u, wire.ErrnoConnReset), r, name)
	}
	b.until("the device learns that nobody waits for its answer", func() bool {
		return len(b.f.kept) == 1 && !b.f.kept[0].Pending()
	})
	// There is no RET_SUBMIT for any of them: what comes next is next.
	r, _ := c.ask(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetConfiguration, Length: 1})
	require.Equal(t, int32(1), r.Actual)
	q := c.submit(c.in(1, 512))
	b.do(func() { b.g.Endpoint(0x81).Write([]byte("to the next")) })
	r, data := c.answer(true)
	require.Equal(t, q.Seq, r.Seq)
	require.Equal(t, "to the next", string(data))
}

func TestUnlinkOfWhatIsAnswered(t *testing.T) {
	c := serve(t, usbip.Options{}).imported()
	c.configure()
	q := c.control(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetConfiguration, Length: 1})
	u := c.unlink(q)
	c.send(q.AppendTo(nil), u.AppendTo(nil))
	r, _ := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: 1}, r)
	r, _ = c.answer(false)
	require.Equal(t, retUnlink(u, 0), r)
	u = c.submit(c.unlink(u))
	r, _ = c.answer(false)
	require.Equal(t, retUnlink(u, 0), r, "of what never was")
}

// What has passed before the unlink is not lost: it comes as if the unlink had
// been late.
func TestUnlinkHalfWay(t *testing.T) {
	b := serve(t, usbip.Options{})
	c := b.imported()
	c.configure()
	q := c.submit(c.in(1, 4096))
	b.do(func() {
		b.g.Endpoint(0x81).AutoZLP = false
		b.g.Endpoint(0x81).Write(make([]byte, 1024))
	})
	u := c.submit(c.unlink(q))
	r, data := c.answer(true)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Status: wire.ErrnoConnReset, Actual: 1024}, r)
	require.Len(t, data, 1024)
	r, _ = c.answer(false)
	require.Equal(t, retUnlink(u, 0), r)

	q = c.submit(c.out(2, 4096), make([]byte, 4096)...)
	b.do(func() { b.g.Endpoint(2).Read(make([]byte, 1024)) })
	u = c.submit(c.unlink(q))
	r, _ = c.answer(false)
	require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Status: wire.ErrnoConnReset, Actual: 1024}, r)
	r, _ = c.answer(false)
	require.Equal(t, retUnlink(u, 0), r)
}

// sloth is a device that gives nothing back by itself.
type sloth struct {
	w        *sim.World
	held     []*usb.Transfer
	recalled []*usb.Transfer
	resets   []usb.Speed
}

func (s *sloth) Descriptors() *usb.Descriptors { return usbtest.Descriptors() }
func (s *sloth) Reset(v usb.Speed)             { s.resets = append(s.resets, v) }
func (s *sloth) Submit(t *usb.Transfer)        { s.held = append(s.held, t) }
func (s *sloth) Cancel(t *usb.Transfer)        { s.recalled = append(s.recalled, t) }
func (s *sloth) Unplugged() {
	list := s.held
	s.held = nil
	for _, t := range list {
		t.Complete(usb.Disconnected, 0)
	}
}

// complete ends the oldest transfer.
func (s *sloth) complete(status usb.Status, n int) {
	t := s.held[0]
	s.held = s.held[1:]
	t.Complete(status, n)
}

// slow puts a sloth in the gadget's place.
func (b *bench) slow() *sloth {
	s := &sloth{w: b.w}
	b.do(func() {
		b.port.Detach()
		require.NoError(b.t, b.port.Attach(s))
	})
	return s
}

// Between the unlink and its answer a device may finish after all.
func TestUnlinkOfADeviceThatTakesItsTime(t *testing.T) {
	b := serve(t, usbip.Options{})
	s := b.slow()
	c := b.imported()
	for _, k := range []struct {
		status usb.Status
		n      int
		want   []wire.Reply
	}{
		{usb.Canceled, 0, []wire.Reply{{Command: wire.RetUnlink, Seq: 2, Status: wire.ErrnoConnReset}}},
		{usb.OK, 3, []wire.Reply{{Command: wire.RetSubmit, Seq: 1, Actual: 3}, {Command: wire.RetUnlink, Seq: 2}}},
		{usb.Stall, 0, []wire.Reply{{Command: wire.RetSubmit, Seq: 1, Status: wire.ErrnoPipe}, {Command: wire.RetUnlink, Seq: 2}}},
	} {
		c.seq = 0
		c.submit(c.unlink(c.submit(c.in(1, 64))))
		b.until("the device is asked for it", func() bool { return len(s.recalled) == 1 })
		b.do(func() {
			s.recalled = nil
			s.complete(k.status, k.n)
		})
		for _, want := range k.want {
			r, _ := c.answer(want.Command == wire.RetSubmit)
			require.Equal(t, want, r)
		}
	}
}

// A device may say anything of how much has passed.
func TestImpossibleCountsOfADevice(t *testing.T) {
	b := serve(t, usbip.Options{})
	s := b.slow()
	c := b.imported()
	for _, n := range []int{-1, 65} {
		q := c.submit(c.in(1, 64))
		b.until("the device has it", func() bool { return len(s.held) == 1 })
		b.do(func() { s.complete(usb.OK, n) })
		r, _ := c.answer(true)
		require.Equal(t, wire.Reply{Command: wire.RetSubmit, Seq: q.Seq, Actual: int32(min(max(n, 0), 64))}, r)
	}
}
