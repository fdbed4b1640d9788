package kernel

import (
	"fmt"

	"github.com/plugfest/plugfest/hil/vhci"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// vport is a [usb.Port] whose host is this kernel: what is attached goes to
// vhci_hcd over a socketpair.
type vport struct {
	*usbip.Port
	w     *sim.World
	port  int    // of vhci_hcd, -1 while nothing is attached
	moved func() // is called when holds may say something else
}

func newVport(w *sim.World, s *usbip.Server, busid string, o usbip.PortOptions) (*vport, error) {
	p, err := s.Port(busid, o)
	return &vport{Port: p, w: w, port: -1, moved: func() {}}, err
}

func (p *vport) Attach(d usb.Device) error {
	if err := p.Port.Attach(d); err != nil {
		return err
	}
	id, speed := p.ID(), p.Speed()
	kernel, device, err := vhci.Pair()
	if err == nil {
		if err = p.ServeConn(device); err == nil {
			number := 0
			p.w.Outside("vhci_hcd to take a device", func() {
				number, err = vhci.Attach(kernel, vhci.Device{ID: id, Speed: speed})
			})
			p.port = number
			p.moved()
		}
		_ = kernel.Close() // the kernel has a reference of its own
	}
	if err != nil {
		p.Detach()
		return fmt.Errorf("kernel: %w", err)
	}
	return nil
}

// Detach closes the connection, which the kernel takes for a pulled cable.
func (p *vport) Detach() {
	p.Port.Detach()
	p.port = -1
}

// holds reports whether this is where the kernel has the attached device: path is
// as in "3-1".
func (p *vport) holds(path string) bool {
	if p.port < 0 {
		return false
	}
	all, err := vhci.Ports()
	if err != nil {
		return false
	}
	for _, q := range all {
		if q.Number == p.port {
			return q.BusID == path
		}
	}
	return false
}
