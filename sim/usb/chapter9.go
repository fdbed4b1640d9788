package usb

// Further standard requests and features of SuperSpeed (USB 3.2, tables 9-5
// and 9-7).
const (
	ReqSetSEL        = 48
	ReqSetIsochDelay = 49

	featureFunctionSuspend = 0
	featureU1Enable        = 48
	featureU2Enable        = 49
	featureLTMEnable       = 50
)

// serve works through the control transfers, one at a time.
func (g *Gadget) serve() {
	if g.serving {
		return
	}
	g.serving = true
	for g.control.head != nil && !g.asked {
		g.asked = true
		g.begin(g.control.head)
	}
	g.serving = false
}

// begin answers a control transfer or hands it to the function.
func (g *Gadget) begin(t *Transfer) {
	s := t.Setup
	if s.RequestType&TypeMask == TypeStandard {
		if reply, status, mine := g.standard(s); mine {
			if status == OK && s.In() {
				t.Actual = copy(t.Data[:t.room()], reply)
			} else if status == OK {
				t.Actual = t.room()
			}
			g.complete(t, status)
			return
		}
	}
	c := g.spare
	if c == nil {
		c = &ControlRequest{}
	}
	g.spare = nil
	*c = ControlRequest{Setup: s, g: g, t: t}
	if !s.In() {
		c.Data = t.Data[:t.room()]
	}
	g.request = c
	g.f.Control(c)
	if c.answered && g.spare == nil {
		g.spare = c // answered at once: nobody keeps it
	}
}

// answer ends the request that the function had.
func (g *Gadget) answer(c *ControlRequest, s Status) {
	c.answered = true
	g.complete(c.t, s)
	g.serve()
}

// forget parts the function from the transfer in progress.
func (g *Gadget) forget() {
	g.asked = false
	if c := g.request; c != nil {
		c.t, c.Data = nil, nil
		g.request = nil
	}
}

// complete ends t if it is still the transfer in progress: a reset in the
// middle of it has ended it already.
func (g *Gadget) complete(t *Transfer, s Status) {
	if g.asked && g.control.head == t {
		g.forget()
		g.control.pop()
		t.finish(s)
	}
}

func (g *Gadget) dropControl(why Status) {
	g.forget()
	// What a completion submits is for the state that comes.
	serving := g.serving
	g.serving = true
	for k := g.control.n; k > 0 && g.control.head != nil; k-- {
		g.control.pop().finish(why)
	}
	g.serving = serving
}

// standard answers a request of chapter 9. What is not mine is the function's.
// The reply is valid until the next call.
func (g *Gadget) standard(s Setup) (reply []byte, status Status, mine bool) {
	in := s.RequestType&DirIn != 0
	reads := false
	switch s.Request {
	case ReqGetStatus, ReqGetDescriptor, ReqGetConfiguration, ReqGetInterface, ReqSynchFrame:
		reads = true
	}
	// The direction bit means nothing where there is no data stage (9.3.1).
	if s.Length > 0 && in != reads {
		return nil, Stall, true
	}
	to := s.RequestType & ToMask
	if to == ToInterface && (s.Request == ReqGetDescriptor || s.Request == ReqSetDescriptor) {
		return nil, OK, false
	}
	ok := false
	switch s.Request {
	case ReqGetStatus:
		reply, ok = g.getStatus(s, to)
	case ReqClearFeature:
		ok = s.Length == 0 && g.feature(s, to, false)
	case ReqSetFeature:
		ok = s.Length == 0 && g.feature(s, to, true)
	case ReqSetAddress:
		ok = to == ToDevice && g.setAddress(s)
	case ReqGetDescriptor:
		reply, ok = g.getDescriptor(s)
		ok = ok && to == ToDevice
	case ReqGetConfiguration:
		ok = to == ToDevice
		reply = append(g.scratch[:0], g.Configuration())
	case ReqSetConfiguration:
		ok = to == ToDevice && g.setConfiguration(s)
	case ReqGetInterface:
		reply, ok = g.getInterface(s)
		ok = ok && to == ToInterface
	case ReqSetInterface:
		ok = to == ToInterface && g.setInterface(s)
	case ReqSetSEL:
		ok = to == ToDevice && g.speed == Super && s.Length == 6 && g.state != StateDefault
	case ReqSetIsochDelay:
		ok = to == ToDevice && g.speed == Super && s.Length == 0
	}
	if !ok {
		return nil, Stall, true
	}
	return reply, OK, true
}

func (g *Gadget) getStatus(s Setup, to uint8) ([]byte, bool) {
	if s.Value != 0 {
		return nil, false
	}
	v := uint8(0)
	switch to {
	case ToDevice:
		if s.Index != 0 {
			return nil, false
		}
		if g.selfPowered() {
			v |= 1
		}
		if g.wakeup {
			v |= 2
		}
	case ToInterface:
		if !g.hasInterface(s.Index) {
			return nil, false
		}
	case ToEndpoint:
		if s.Index&0xFF7F == 0 {
			break // endpoint 0 is never halted
		}
		e := g.active(s.Index)
		if e == nil {
			return nil, false
		}
		if e.halted {
			v = 1
		}
	default:
		return nil, false
	}
	return append(g.scratch[:0], v, 0), true
}

func (g *Gadget) selfPowered() bool {
	c := g.config
	if c == nil && len(g.desc.Configs) > 0 {
		c = &g.desc.Configs[0]
	}
	return c != nil && c.Attributes&AttrSelfPowered != 0
}

func (g *Gadget) hasInterface(index uint16) bool {
	return g.config != nil && index <= 0xFF && g.config.HasInterface(uint8(index))
}

// active returns the endpoint that a request's wIndex names, if it is enabled.
func (g *Gadget) active(index uint16) *Endpoint {
	if index > 0xFF || index&0x0F == 0 {
		return nil
	}
	if e := g.Endpoint(uint8(index)); e != nil && e.desc != nil {
		return e
	}
	return nil
}

func (g *Gadget) feature(s Setup, to uint8, on bool) bool {
	switch to {
	case ToDevice:
		switch s.Value {
		case FeatureRemoteWakeup:
			if !g.canWake() {
				return false
			}
			g.wakeup = on
			return true
		case featureU1Enable, featureU2Enable, featureLTMEnable:
			return g.speed == Super && g.state == StateConfigured
		}
	case ToInterface:
		return s.Value == featureFunctionSuspend && g.speed == Super && g.hasInterface(s.Index&0xFF)
	case ToEndpoint:
		e := g.active(s.Index)
		if s.Value != FeatureEndpointHalt || e == nil {
			return false
		}
		e.setHalt(on)
		return true
	}
	return false // FeatureTestMode too: the controller has no test modes
}

// canWake reports whether a configuration says that the device can wake the
// host.
func (g *Gadget) canWake() bool {
	if g.config != nil {
		return g.config.Attributes&AttrRemoteWakeup != 0
	}
	for i := range g.desc.Configs {
		if g.desc.Configs[i].Attributes&AttrRemoteWakeup != 0 {
			return true
		}
	}
	return false
}

func (g *Gadget) setAddress(s Setup) bool {
	if s.Value > 127 || s.Index != 0 || s.Length != 0 || g.state == StateConfigured {
		return false
	}
	g.address = uint8(s.Value)
	g.state = StateDefault
	if s.Value != 0 {
		g.state = StateAddress
	}
	return true
}

func (g *Gadget) setConfiguration(s Setup) bool {
	if s.Value > 0xFF || s.Index != 0 || s.Length != 0 {
		return false
	}
	// Carriers without SET_ADDRESS configure a device in the default state.
	var c *ConfigDescriptor
	if s.Value != 0 {
		if c = g.desc.Config(uint8(s.Value)); c == nil {
			return false
		}
	}
	g.configure(c)
	return true
}

func (g *Gadget) getInterface(s Setup) ([]byte, bool) {
	if s.Value != 0 || !g.hasInterface(s.Index) {
		return nil, false
	}
	return append(g.scratch[:0], g.alts[s.Index]), true
}

func (g *Gadget) setInterface(s Setup) bool {
	if s.Value > 0xFF || s.Length != 0 || !g.hasInterface(s.Index) {
		return false
	}
	a := g.config.Alternate(uint8(s.Index), uint8(s.Value))
	if a == nil {
		return false
	}
	g.alternate(uint8(s.Index), a)
	return true
}
