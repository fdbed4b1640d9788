package usbip

import (
	"math/bits"

	"github.com/plugfest/plugfest/sim/usb"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// urb is a request of the client's, from its reading to the writing of its
// answer. It has its own buffer: the reader fills it, the device works in it, and
// the writer writes out of it; data is never copied on the way.
type urb struct {
	e    *session
	t    usb.Transfer
	kind usb.TransferType
	next *urb // among the free

	command  wire.Command
	seq      uint32
	target   uint32 // CMD_UNLINK: what to unlink
	unlinked bool   // by CMD_UNLINK number
	unlink   uint32
	interval int32

	class  int // of buf; 0 is none
	charge int // to the session's account; 0 is not on it
	buf    []byte

	iso []byte // packet descriptors

	// The answer.
	head, tail [wire.HeaderLen]byte
	payload    []byte
	after      []byte // behind the payload: tail, iso, or nothing
}

// overhead is what a transfer costs beside its data, about.
const overhead = 1024

// classOf returns the class of a buffer: it has 2^class bytes.
func classOf(n int) int {
	if n == 0 {
		return 0
	}
	return max(bits.Len(uint(n-1)), 9)
}

const classes = 25 // 2^24 bytes is MaxTransfer

// pool is what a session has of urbs. The session's lock is over it.
type pool struct {
	free  [classes]*urb
	spare int // bytes of buffers that are free
	used  int // bytes under way
	count int // transfers under way
}

// take returns an urb with room for n bytes, without a buffer if none was left,
// or nil where the client has too much under way.
func (e *session) take(n int) *urb {
	class := classOf(n)
	e.mu.Lock()
	defer e.mu.Unlock()
	p := &e.pool
	if p.count >= e.limits.Transfers || p.used+n+overhead > e.limits.Buffer {
		return nil
	}
	u := e.newURB(class)
	u.charge = n + overhead
	p.used += u.charge
	p.count++
	return u
}

// plain returns an urb without data that is on no account.
func (e *session) plain() *urb {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.newURB(0)
}

func (e *session) newURB(class int) *urb {
	p := &e.pool
	u := p.free[class]
	if u == nil {
		u = &urb{e: e, class: class}
		u.t.Done = u.done
		return u
	}
	p.free[class], u.next = u.next, nil
	p.spare -= cap(u.buf)
	return u
}

// discharge takes an urb from the session's account; the lock is held.
func (e *session) discharge(u *urb) {
	if u.charge > 0 {
		e.pool.used -= u.charge
		e.pool.count--
		u.charge = 0
	}
}

// put gives an urb back; the lock is held.
func (e *session) put(u *urb) {
	p := &e.pool
	e.discharge(u)
	u.unlinked, u.payload, u.after, u.iso, u.t.Data = false, nil, nil, nil, nil
	if p.spare+cap(u.buf) > e.limits.Buffer/4 {
		return
	}
	p.spare += cap(u.buf)
	u.next, p.free[u.class] = p.free[u.class], u
}

// room makes the buffer for n bytes.
func (u *urb) room(n int) []byte {
	if cap(u.buf) < n {
		u.buf = make([]byte, 1<<u.class)
	}
	return u.buf[:n]
}

// reply readies RET_SUBMIT.
func (u *urb) reply(r wire.Reply) {
	r.Command, r.Seq = wire.RetSubmit, u.seq
	r.AppendTo(u.head[:0])
}
