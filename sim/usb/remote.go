package usb

import (
	"time"

	"github.com/plugfest/plugfest/sim"
)

// remote is a device as its host knows it, for one attachment.
type remote struct {
	c    *Cable
	plug *Plug // the host
	far  *Plug // the device's
	dev  Device

	info      DeviceInfo
	desc      Descriptors
	raw       [][]byte // configurations as they were read
	address   uint8    // on the bus at present, 0 until it has one
	speed     Speed
	announced bool
	gone      bool
	resetting bool

	root    *conn // of the host itself
	config  uint8
	alts    [256]uint8
	claims  [256]*conn
	pipes   [32]pipe
	busy    bool     // somebody changes settings
	changed sim.Cond // gone, or no longer busy
}

// connect begins with a device at the other end.
func (p *Plug) connect() {
	c := p.c
	c.nextID++
	r := &remote{c: c, plug: p, far: p.peer, dev: p.peer.dev}
	r.info.ID, r.info.Bus = c.nextID, p.bus
	r.speed = min(c.opt.Speed, r.dev.Descriptors().MaxSpeed())
	r.root = &conn{r: r}
	r.changed.Init(c.w, "USB host "+p.name)
	for i := range r.pipes {
		q := &r.pipes[i]
		q.r, q.address = r, uint8(i&0x0F|i&0x10<<3)
	}
	p.remote = r
	r.tap().Attach(r.speed)
	c.w.Go("USB host "+p.name, r.enumerate)
}

// tap is where the host's observers are told.
func (r *remote) tap() *Tap { return &r.plug.tap }

// disconnect ends it: the device is no longer there.
func (r *remote) disconnect() {
	if r.gone {
		return
	}
	r.gone = true
	r.plug.remote = nil
	r.tap().Detach(r.speed)
	if r.far.told {
		r.far.told = false
		r.dev.Unplugged()
	}
	for i := range r.pipes {
		r.pipes[i].drop(Disconnected)
	}
	r.changed.Broadcast()
	if r.announced {
		r.plug.announcer.Announce(Event{Detached, r.info})
	}
}

// reset resets the device: it ends every transfer.
func (r *remote) reset() {
	r.tap().Reset(r.address)
	r.address = 0
	r.far.told = true
	r.dev.Reset(r.speed)
	for i := range r.pipes {
		r.pipes[i].drop(Shutdown)
	}
}

// pause waits, and reports whether the device is still there.
func (r *remote) pause(d time.Duration) bool {
	deadline := r.c.w.Now() + d
	for !r.gone && r.c.w.Now() < deadline {
		r.changed.WaitUntil(deadline)
	}
	return !r.gone
}

// request makes a control request of the host's own.
func (r *remote) request(s Setup, data []byte) (int, error) {
	return Control(r.c.w, r.root, s, data, r.c.opt.RequestTimeout)
}

// acquire gets the right to change settings.
func (r *remote) acquire() error {
	for r.busy && !r.gone {
		r.changed.Wait()
	}
	if r.gone {
		return Disconnected
	}
	r.busy = true
	return nil
}

func (r *remote) release() {
	r.busy = false
	r.changed.Broadcast()
}

// enter opens the endpoints of an alternate setting.
func (r *remote) enter(number uint8, a *Alternate) {
	for i := range a.Endpoints {
		e := &a.Endpoints[i]
		p := &r.pipes[epIndex(e.Address)]
		if e.Address&0x0F == 0 || e.Type() != TypeBulk && e.Type() != TypeInterrupt {
			continue
		}
		p.open, p.kind, p.iface = true, e.Type(), number
	}
}

// leave takes back the transfers of an interface, or of all, and closes its
// endpoints.
func (r *remote) leave(number int, why Status, closing bool) {
	for i := range r.pipes {
		p := &r.pipes[i]
		if p.open && (number < 0 || int(p.iface) == number) {
			p.flush(why)
			p.open = p.open && !closing
		}
	}
}

// begin makes a configuration the current one, in settings 0.
func (r *remote) begin(c *ConfigDescriptor) {
	r.config = c.Value
	r.alts = [256]uint8{}
	for i := range c.Interfaces {
		if a := c.Alternate(c.Interfaces[i].Number, 0); a != nil {
			r.enter(c.Interfaces[i].Number, a)
		}
	}
}
