package usb

// conn is a [Conn] to the device at the other end of a cable.
type conn struct {
	r      *remote
	closed bool
}

// Info implements [Conn].
func (k *conn) Info() DeviceInfo { return k.r.info }

// Descriptors implements [Conn].
func (k *conn) Descriptors() *Descriptors { return &k.r.desc }

// Configuration implements [Conn].
func (k *conn) Configuration() uint8 { return k.r.config }

// enter begins a change of settings.
func (k *conn) enter() error {
	if k.closed {
		return Invalid
	}
	return k.r.acquire()
}

// SetConfiguration implements [Conn]. It fails with [Invalid] while another Conn
// has an interface; this one's are released.
func (k *conn) SetConfiguration(value uint8) error {
	r := k.r
	if err := k.enter(); err != nil {
		return err
	}
	defer r.release()
	c := r.desc.Config(value)
	if value != 0 && c == nil {
		return Invalid
	}
	for _, owner := range r.claims {
		if owner != nil && owner != k {
			return Invalid
		}
	}
	r.leave(-1, Shutdown, true)
	r.claims = [256]*conn{}
	r.config = 0
	if _, err := r.request(Setup{Request: ReqSetConfiguration, Value: uint16(value)}, nil); err != nil {
		return err
	}
	if c != nil {
		r.begin(c)
		r.readConfigTexts(c)
	}
	return nil
}

// ClaimInterface implements [Conn].
func (k *conn) ClaimInterface(number uint8) error {
	r := k.r
	if r.gone {
		return Disconnected
	}
	c := r.desc.Config(r.config)
	if k.closed || c == nil || !c.HasInterface(number) || r.claims[number] != nil && r.claims[number] != k {
		return Invalid
	}
	r.claims[number] = k
	return nil
}

// ReleaseInterface implements [Conn].
func (k *conn) ReleaseInterface(number uint8) error {
	r := k.r
	if r.gone {
		return Disconnected
	}
	if r.claims[number] != k {
		return Invalid
	}
	r.leave(int(number), Canceled, false)
	r.claims[number] = nil
	return nil
}

// SetInterface implements [Conn].
func (k *conn) SetInterface(number, setting uint8) error {
	r := k.r
	if err := k.enter(); err != nil {
		return err
	}
	defer r.release()
	c := r.desc.Config(r.config)
	if c == nil || r.claims[number] != k {
		return Invalid
	}
	a := c.Alternate(number, setting)
	if a == nil {
		return Invalid
	}
	r.leave(int(number), Shutdown, false)
	if _, err := r.request(Setup{RequestType: ToInterface, Request: ReqSetInterface, Value: uint16(setting), Index: uint16(number)}, nil); err != nil {
		return err
	}
	r.leave(int(number), Shutdown, true)
	r.alts[number] = setting
	r.enter(number, a)
	return nil
}

// ClearHalt implements [Conn].
func (k *conn) ClearHalt(endpoint uint8) error {
	r := k.r
	if err := k.enter(); err != nil {
		return err
	}
	defer r.release()
	if p := k.pipe(endpoint); p == nil {
		return Invalid
	}
	_, err := r.request(Setup{RequestType: ToEndpoint, Request: ReqClearFeature, Value: FeatureEndpointHalt, Index: uint16(endpoint)}, nil)
	return err
}

// Reset implements [Conn]. Where the device does not come back as it was, it is
// enumerated anew as another attachment, and the error is [Disconnected].
func (k *conn) Reset() error {
	if err := k.enter(); err != nil {
		return err
	}
	defer k.r.release()
	return k.r.revive()
}

// pipe returns the pipe of an endpoint that this Conn may use, or nil.
func (k *conn) pipe(endpoint uint8) *pipe {
	if endpoint&0x70 != 0 {
		return nil
	}
	p := &k.r.pipes[epIndex(endpoint)]
	if !p.open || k.r.claims[p.iface] != k {
		return nil
	}
	return p
}

// Submit implements [Conn]. While the device is reset, transfers are done with
// [Shutdown].
func (k *conn) Submit(t *Transfer) {
	if t.held {
		panic("usb: Submit of a transfer that is not done yet")
	}
	t.Status, t.Actual, t.pipe, t.conn, t.hop = OK, 0, nil, k, nil
	p, status := k.admit(t)
	if status != OK {
		k.r.c.give(t, status, 0)
		return
	}
	p.submit(t)
}

func (k *conn) admit(t *Transfer) (*pipe, Status) {
	r := k.r
	switch {
	case r.gone:
		return nil, Disconnected
	case k.closed:
		return nil, Invalid
	case r.resetting && k != r.root:
		return nil, Shutdown
	case t.Control():
		if int(t.Setup.Length) > len(t.Data) || t.Endpoint&0x7F != 0 {
			return nil, Invalid
		}
		if t.Setup.RequestType == 0 && t.Setup.Request == ReqSetAddress && k != r.root {
			return nil, Invalid // addresses are the host's own affair
		}
		return &r.pipes[0], OK
	}
	if p := k.pipe(t.Endpoint); p != nil {
		return p, OK
	}
	return nil, Invalid
}

// Cancel implements [Conn].
func (k *conn) Cancel(t *Transfer) {
	if t.held && t.conn == k {
		t.pipe.cancel(t, Canceled)
	}
}

// Close implements [Conn].
func (k *conn) Close() error {
	if k.closed {
		return nil
	}
	k.closed = true
	r := k.r
	for n := range r.claims {
		if r.claims[n] == k {
			r.leave(n, Canceled, false)
			r.claims[n] = nil
		}
	}
	control := &r.pipes[0]
	for t := control.pending.head; t != nil; {
		next := t.next
		if t.conn == k {
			control.cancel(t, Canceled)
		}
		t = next
	}
	return nil
}
