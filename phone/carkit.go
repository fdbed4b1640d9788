package phone

import (
	"io"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// ServeUSB talks to an accessory that stays the USB host and comes over a service of
// lockdownd, com.apple.carkit.service. It returns when the stream has ended. An
// accessory that comes while another is served takes its place (inferred).
func (p *Phone) ServeUSB(rw io.ReadWriteCloser) {
	if p.session != nil {
		p.state("accessory replaced")
		p.session.Close()
	}
	p.Serve(rw, control.USBHostTransport)
}
