package phone

import (
	"fmt"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// USB classes of an accessory's interfaces: vendor specific, subclass F0,
// protocol 0 for iAP2 and 1 for the EA native transport (wllm-rbnt/third-eye).
const (
	classVendor      = 0xFF
	subclassMFi      = 0xF0
	protocolIAP2     = 0x00
	protocolEANative = 0x01
)

// hostRole is a phone's life as a USB host: it waits for an accessory, serves
// it, and comes back when it has left or never came.
func (p *Phone) hostRole() {
	watch := p.host.Watch()
	defer watch.Close()
	power := p.watchPower()
	deadline := p.w.Now() + p.p.Timing.AccessoryIn
	for {
		ev, ok := p.nextEvent(watch, deadline, power)
		if !ok {
			p.state("no accessory", sim.Text("why", power.why()))
			return
		}
		if ev.Kind != usb.Attached {
			continue
		}
		if err := p.serve(ev.Info, watch, power); err != nil {
			p.state("accessory refused", sim.Text("why", err.Error()))
			continue // another may come
		}
		return
	}
}

// power watches the VBUS that the accessory gives: without it a phone is no
// host for long.
type power struct {
	w    *sim.World
	lost bool
}

func (p *Phone) watchPower() *power {
	pw := &power{w: p.w}
	if s, ok := p.host.(usb.PowerSense); ok {
		pw.lost = !s.VBUS()
		s.OnVBUS(func(on bool) { pw.lost = !on })
	}
	return pw
}

func (pw *power) why() string {
	if pw.lost {
		return "VBUS was switched off"
	}
	return "none attached in time"
}

// powerLook is how often a waiting phone looks at VBUS.
const powerLook = 100 * time.Millisecond

// nextEvent waits for a host event until the deadline or the end of VBUS.
func (p *Phone) nextEvent(watch usb.Watcher, deadline time.Duration, pw *power) (usb.Event, bool) {
	for !pw.lost && p.w.Now() < deadline {
		if ev, ok := watch.Next(min(deadline, p.w.Now()+powerLook)); ok {
			return ev, true
		}
	}
	return usb.Event{}, false
}

// serve talks to one accessory until it leaves. The error says why it is none.
func (p *Phone) serve(info usb.DeviceInfo, watch usb.Watcher, pw *power) error {
	conn, err := p.host.Open(info.ID)
	if err != nil {
		return err
	}
	defer conn.Close()
	p.sleep(p.p.Timing.Configure)
	d := conn.Descriptors()
	if len(d.Configs) == 0 {
		return fmt.Errorf("phone: the device has no configuration")
	}
	config := &d.Configs[0]
	iap := config.Find(classVendor, subclassMFi, protocolIAP2)
	if len(iap) == 0 {
		return fmt.Errorf("phone: configuration %d has no iAP2 interface (FF/F0/00)", config.Value)
	}
	if err := conn.SetConfiguration(config.Value); err != nil {
		return fmt.Errorf("phone: SET_CONFIGURATION %d: %w", config.Value, err)
	}
	in, out, ok := iap[0].BulkPair()
	if !ok {
		return fmt.Errorf("phone: the iAP2 interface has no bulk pair")
	}
	if err := conn.ClaimInterface(iap[0].Interface); err != nil {
		return err
	}
	stream := usb.NewStream(p.w, conn, in, out, usb.StreamOptions{Buffered: true})
	s := session.NewIAP2(p.w, p.name+" iAP2", stream, link.New(link.Device, p.linkConfig()))
	p.session = s
	defer func() { p.session = nil }()
	a := newAccessory(p, s, conn, config)
	s.Start()
	p.w.Go(p.name+" accessory", a.run)
	for ; !s.Closed(); p.sleep(0) {
		ev, ok := p.nextEvent(watch, p.w.Now()+time.Second, pw)
		if pw.lost || ok && ev.Kind == usb.Detached && ev.Info.ID == info.ID {
			break
		}
	}
	s.Close()
	a.close()
	p.state("accessory left")
	return nil
}

// linkConfig is the link engine's configuration for this persona.
func (p *Phone) linkConfig() link.Config {
	l := p.p.Link
	c := link.Config{
		Syn:           link.Syn{MaxOutstanding: l.MaxOutstanding, MaxLength: l.MaxLength},
		InitialSeq:    p.seqs,
		DetectTimeout: l.GiveUp,
		Faults: link.Faults{
			NoMarker:    l.NoMarker,
			IAP1Only:    l.IAP1Only,
			NoSynAck:    l.NoSynAck,
			RefuseSyn:   l.RefuseSyn,
			NoAck:       l.NoAck,
			ResetOnSend: l.ResetAfter,
		},
	}
	return c
}

// Inject writes bytes to the accessory past the link engine, as they are. It
// fails while there is no accessory.
func (p *Phone) Inject(data []byte) error {
	if p.session == nil {
		return fmt.Errorf("phone: no accessory to send to")
	}
	p.session.Inject(data)
	return nil
}
