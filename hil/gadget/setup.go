package gadget

import "github.com/plugfest/plugfest/sim/usb"

// request is a control request of the host's, which the kernel left to us.
type request struct {
	a        *attachment
	function int
	t        usb.Transfer
	acked    bool // its data has been taken, and with that the request accepted
	open     bool // the host waits for an answer
	parked   bool // not at the device at present
}

// setup passes a request on to the device.
func (a *attachment) setup(r *report) {
	function := r.function
	for i := range a.functions { // a host has one request at a time
		a.withdraw(i)
	}
	s, data := r.setup, r.data
	a.arrive()
	if !a.told {
		a.engine.answer(function, nil, true)
		return
	}
	q := &request{a: a, function: function, acked: !s.In() && s.Length > 0, open: true}
	q.t.Setup = a.original(function, s)
	if s.In() {
		data = make([]byte, s.Length)
	}
	q.t.Data = data
	q.t.Setup.Length = uint16(len(data))
	q.t.Done = q.done
	a.functions[function].request = q
	a.used = true
	q.submit()
}

func (q *request) submit() {
	q.a.p.tap.Submit(q.a.address, usb.TypeControl, &q.t)
	q.a.dev.Submit(&q.t)
}

// park takes the host's requests back from the device, which has one at a time,
// for the sake of one that is made up: of different interfaces, nobody knows which
// of the two the host has made first. The returned function gives them to the device
// again, if they are still wanted.
func (a *attachment) park() (resume func()) {
	var list []*request
	for i := range a.functions {
		if q := a.functions[i].request; q != nil && !q.parked {
			list = append(list, q)
			q.parked = true
			a.dev.Cancel(&q.t)
		}
	}
	return func() {
		for _, q := range list {
			q.parked = false
			if a.functions[q.function].request == q {
				q.submit()
			}
		}
	}
}

// original undoes what FunctionFS has made of wIndex: it counts interfaces and
// endpoints of its instance.
func (a *attachment) original(function int, s usb.Setup) usb.Setup {
	f := &a.plan.functions[function]
	switch s.RequestType & usb.ToMask {
	case usb.ToInterface:
		s.Index = uint16(f.number)
	case usb.ToEndpoint:
		if i := f.first + int(s.Index) - 1; i >= f.first && i < f.end {
			s.Index = uint16(a.plan.endpoints[i].address)
		}
	}
	return s
}

// done passes the device's answer on to the host.
func (q *request) done(t *usb.Transfer) {
	a := q.a
	a.p.tap.Complete(a.address, usb.TypeControl, t)
	if q.parked {
		return
	}
	if a.functions[q.function].request == q {
		a.functions[q.function].request = nil
	}
	if !q.open || q.acked {
		return
	}
	q.open = false
	if t.Status != usb.OK {
		a.engine.answer(q.function, nil, true)
		return
	}
	var data []byte
	if t.Setup.In() {
		data = t.Data[:t.Actual]
	}
	a.engine.answer(q.function, data, false)
}

// withdraw takes a request back that the host has given up.
func (a *attachment) withdraw(function int) {
	if q := a.functions[function].request; q != nil {
		q.open = false
		a.functions[function].request = nil
		if !q.parked {
			a.dev.Cancel(&q.t)
		}
	}
}
