package phone

import (
	"errors"
	"slices"
)

// InjectMux sends a transfer to the host on the usbmux interface past its engine,
// as it is; one that fills its last packet ends with a zero-length one. It fails
// while no host has chosen a configuration with usbmux.
func (p *Phone) InjectMux(transfer []byte) error {
	if p.device == nil || p.device.mux == nil || p.device.mux.over {
		return errors.New("phone: no host that speaks usbmux")
	}
	in, transfer := p.device.mux.in, slices.Clone(transfer)
	p.w.Go(p.name+" usbmux injection", func() { _, _ = in.Write(transfer) })
	return nil
}
