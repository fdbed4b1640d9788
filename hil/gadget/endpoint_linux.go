package gadget

import (
	"golang.org/x/sys/unix"
)

// endpointIO is an endpoint's memory, and what is under way in it.
//
// Of an OUT endpoint it is a ring: the slots from freed on have data that the
// device has not taken yet, those from told on are under way, those from asked on
// are empty. Packets that arrive together are told as one piece. A request of one
// packet is complete when that packet is there: the kernel gives no sign of what
// has arrived of a longer one, and a host that sends a multiple of the packet size
// need not send more.
type endpointIO struct {
	index    int
	function *functionIO
	file     int
	memory   []byte
	slot     int // size of one
	slots    int
	blocks   []iocb
	in       bool

	freed, told, asked uint32 // OUT: counters of slots
	states             []slotState

	errno []error // IN: of each slot, what came of its first write
	parts []int   // IN: writes under way of each slot
}

type slotState uint8

const (
	slotEmpty slotState = iota
	slotAsked
	slotTold
)

const (
	ringSize = 64 << 10
	maxSlots = 64
)

// allocate makes memory, context and files for all endpoints.
func (e *linuxEngine) allocate() (err error) {
	sizes := make([]int, len(e.plan.endpoints))
	total, operations := 0, 0
	for i := range e.plan.endpoints {
		switch p := &e.plan.endpoints[i]; {
		case !p.moves():
		case p.in():
			sizes[i] = inSlots * slotSize
			operations += 2 * inSlots
		default:
			sizes[i] = ringSize
			operations += maxSlots
		}
		total += sizes[i]
	}
	if e.wake, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return explain("make", "eventfd", err)
	}
	if e.aio, err = newAIO(operations); err != nil {
		return err
	}
	if total > 0 {
		e.memory = make([]byte, total)
		e.pins.Pin(&e.memory[0])
	}
	e.endpoints = make([]endpointIO, len(e.plan.endpoints))
	rest := e.memory
	for i := range e.endpoints {
		p, x := &e.plan.endpoints[i], &e.endpoints[i]
		*x = endpointIO{index: i, function: &e.functions[p.function], file: p.file - 1, memory: rest[:sizes[i]], in: p.in()}
		rest = rest[sizes[i]:]
		if x.in && p.moves() {
			x.slot, x.slots = slotSize, inSlots
			x.errno, x.parts = make([]error, inSlots), make([]int, inSlots)
			x.blocks = make([]iocb, 2*inSlots)
		}
	}
	return nil
}

// releaseIO gives all of it back.
func (e *linuxEngine) releaseIO() {
	e.mu.Lock()
	e.broken = true
	e.mu.Unlock()
	if e.aio != nil {
		e.aio.close()
	}
	e.pins.Unpin()
	for i := range e.functions {
		e.functions[i].close()
	}
	for _, fd := range []int{e.wake, e.state} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	e.wake, e.state = -1, -1
}

func (e *linuxEngine) buffer(ep, slot int) []byte {
	m := e.endpoints[ep].memory
	return m[slot*slotSize : (slot+1)*slotSize : (slot+1)*slotSize]
}

// mark is what comes back with an operation: its round, endpoint and slot.
func (x *endpointIO) mark(slot int) uint64 {
	return uint64(x.function.round)<<32 | uint64(x.index)<<16 | uint64(slot)
}

// begin readies an OUT endpoint that was enabled for reads of that size. What the
// device has not taken yet stays where it is.
func (x *endpointIO) begin(size int) {
	if x.in || len(x.memory) == 0 || x.slot == size || x.freed != x.asked {
		return
	}
	x.slot = size
	x.slots = min(len(x.memory)/size, maxSlots)
	x.blocks = make([]iocb, x.slots)
	x.states = make([]slotState, x.slots)
	x.freed, x.told, x.asked = 0, 0, 0
}

// ask reads into every empty slot.
func (x *endpointIO) ask(e *linuxEngine) {
	if x.in || x.slots == 0 || !x.function.running {
		return
	}
	for x.asked-x.freed < uint32(x.slots) {
		i := int(x.asked) % x.slots
		x.asked++
		x.states[i] = slotAsked
		x.function.flight++
		e.aio.prepare(&x.blocks[i], opRead, x.function.files[x.file], x.memory[i*x.slot:(i+1)*x.slot], x.mark(i))
	}
}

// release takes back slots that were told of, the oldest first.
func (x *endpointIO) release(n int) {
	for i := x.freed; i != x.told && n > 0; i++ {
		if s := &x.states[int(i)%x.slots]; *s == slotTold {
			*s = slotEmpty
			n--
		}
	}
	x.advance()
}

func (x *endpointIO) advance() {
	for x.freed != x.told && x.states[int(x.freed)%x.slots] == slotEmpty {
		x.freed++
	}
}

// send writes a slot.
func (x *endpointIO) send(e *linuxEngine, c *command) {
	if !x.function.running {
		e.report(report{kind: reportWritten, ep: x.index, slot: c.slot})
		return
	}
	x.errno[c.slot], x.parts[c.slot] = nil, 1
	b := x.memory[c.slot*slotSize : (c.slot+1)*slotSize]
	fd := x.function.files[x.file]
	x.function.flight++
	e.aio.prepare(&x.blocks[2*c.slot], opWrite, fd, b[:c.n], x.mark(c.slot))
	if c.zero {
		x.parts[c.slot]++
		x.function.flight++
		e.aio.prepare(&x.blocks[2*c.slot+1], opWrite, fd, b[:0], x.mark(c.slot))
	}
}

// complete tells of all operations that are complete.
func (e *linuxEngine) complete() error {
	for {
		list, err := e.aio.reap()
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			e.completed(&list[i])
		}
	}
}

// completed takes one operation back. One of a former round says nothing of this
// one, and what it has read comes too late.
func (e *linuxEngine) completed(v *ioEvent) {
	x := &e.endpoints[uint16(v.data>>16)]
	slot, res := int(uint16(v.data)), v.res
	x.function.flight--
	switch current := uint32(v.data>>32) == x.function.round; {
	case !current:
		res = min(res, -int64(unix.ESHUTDOWN))
	case res < 0:
		x.stopped(e, unix.Errno(-res))
	}
	if x.in {
		x.wrote(e, slot, res)
	} else {
		x.read(e, slot, res)
	}
}

func (x *endpointIO) wrote(e *linuxEngine, slot int, res int64) {
	if res < 0 {
		x.errno[slot] = unix.Errno(-res)
	}
	if x.parts[slot]--; x.parts[slot] == 0 {
		e.report(report{kind: reportWritten, ep: x.index, slot: slot, ok: x.errno[slot] == nil})
	}
}

// stopped notes that an operation has ended without data: no other is begun until
// an event tells that the endpoint is enabled. Mostly it was the host's doing, and
// such an event is on its way.
func (x *endpointIO) stopped(e *linuxEngine, errno unix.Errno) {
	known := errno == unix.ESHUTDOWN || errno == unix.EAGAIN || errno == unix.ENODEV || errno == unix.ECONNRESET
	if x.function.running && !known {
		p := &e.plan.endpoints[x.index]
		e.report(report{kind: reportFailed, err: explain("move data of", "endpoint "+hex(p.address), errno)})
	}
	x.function.running = false
}

// read takes a packet. It is put to the piece before it if it follows that in
// memory, and is told.
func (x *endpointIO) read(e *linuxEngine, slot int, res int64) {
	x.told++
	if res < 0 {
		x.states[slot] = slotEmpty
		x.advance()
		return
	}
	x.states[slot] = slotTold
	n := int(res)
	at := slot * x.slot
	packet := e.plan.endpoints[x.index].packet(e.speed)
	ended := n < x.slot
	zero := ended && n%packet == 0
	if k := len(e.reports); k > 0 {
		r := &e.reports[k-1]
		if r.kind == reportData && r.ep == x.index && !r.ended && at > 0 && &r.data[len(r.data)-1] == &x.memory[at-1] {
			r.data = r.data[:len(r.data)+n]
			r.slots++
			r.zero, r.ended = zero, ended
			return
		}
	}
	e.report(report{kind: reportData, ep: x.index, data: x.memory[at : at+n : len(x.memory)], slots: 1, zero: zero, ended: ended})
}
