package phone

import (
	"fmt"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
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
	p.watch = p.host.Watch()
	defer func() {
		p.watch.Close()
		p.watch = nil
	}()
	deadline := p.w.Now() + p.p.Timing.AccessoryIn
	for p.powered() {
		ev, ok := p.watch.Next(deadline)
		if !ok {
			break
		}
		if ev.Kind != usb.Attached {
			continue
		}
		if err := p.serve(ev.Info); err != nil {
			p.state("accessory refused", sim.Text("why", err.Error()))
			continue // another may come
		}
		return
	}
	why := "none attached in time"
	if !p.powered() {
		why = "VBUS was switched off"
	}
	p.state("no accessory", sim.Text("why", why))
}

// powered reports whether the accessory supplies VBUS, as far as the carrier
// tells: without it a phone is no host for long.
func (p *Phone) powered() bool {
	s, ok := p.host.(usb.PowerSense)
	return !ok || s.VBUS() || p.p.USB.IgnoreVBUS
}

// powerChanged ends the host role when VBUS goes. It runs between processes.
func (p *Phone) powerChanged(on bool) {
	if on || p.p.USB.IgnoreVBUS {
		return
	}
	if p.watch != nil {
		p.watch.Close()
	}
	if p.session != nil {
		p.session.Close()
	}
}

// serve talks to one accessory until it leaves. The error says why it is none.
func (p *Phone) serve(info usb.DeviceInfo) error {
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
	if len(iap) == 0 && !p.p.USB.ConfigureAny {
		return fmt.Errorf("phone: configuration %d has no iAP2 interface (FF/F0/00)", config.Value)
	}
	if err := conn.SetConfiguration(config.Value); err != nil {
		return fmt.Errorf("phone: SET_CONFIGURATION %d: %w", config.Value, err)
	}
	if len(iap) == 0 {
		return fmt.Errorf("phone: there is nothing to talk to")
	}
	in, out, ok := iap[0].BulkPair()
	if !ok {
		return fmt.Errorf("phone: the iAP2 interface has no bulk pair")
	}
	if err := conn.ClaimInterface(iap[0].Interface); err != nil {
		return fmt.Errorf("phone: claim interface %d: %w", iap[0].Interface, err)
	}
	if !p.powered() {
		return fmt.Errorf("phone: VBUS went")
	}
	stream := usb.NewStream(p.w, conn, in, out, usb.StreamOptions{Buffered: true})
	s := session.NewIAP2(p.w, p.name+" iAP2", stream, link.New(link.Device, p.linkConfig()))
	a := newAccessory(p, s, control.USBHostTransport)
	a.conn, a.config = conn, config
	p.talk(a)
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

			NoRetransmit:   l.NoRetransmit,
			IgnoreWindow:   l.IgnoreWindow,
			IgnoreReset:    l.IgnoreReset,
			AlwaysAck:      l.AlwaysAck,
			ResetOnGarbage: l.ResetOnGarbage,
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
