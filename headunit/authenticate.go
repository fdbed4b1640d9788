package headunit

import (
	"encoding/asn1"
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// coprocessor opens the authentication chip, once; one that is not found is
// looked for again the next time.
func (h *HeadUnit) coprocessor() (*mfi.Coprocessor, error) {
	if h.chip != nil {
		return h.chip, nil
	}
	if h.bus == nil {
		return nil, errors.New("headunit: no I2C bus, so no authentication chip")
	}
	o := mfi.Options{Timeout: h.m.Chip.Timeout}
	if a := h.m.Chip.Address; a != 0 {
		o.Addresses = []uint16{a}
	}
	chip, err := mfi.Open(h.bus, h.w, o)
	if err != nil {
		return nil, err
	}
	h.chip = chip
	return chip, nil
}

// chipFailed notes that the chip gave no answer, which leaves the phone waiting:
// there is no message for it.
func (h *HeadUnit) chipFailed(err error) {
	h.state("chip failed", sim.Text("why", err.Error()))
}

// certificate answers AA00 with what the chip holds.
func (a *accessory) certificate() error {
	a.asked = true
	chip, err := a.h.coprocessor()
	var cert []byte
	if err == nil {
		cert, err = chip.Certificate()
	}
	if err != nil {
		a.h.chipFailed(err)
		return nil
	}
	a.cert = cert
	if a.h.m.Chip.BareX509 {
		if cert, err = unwrap(cert); err != nil {
			return err
		}
	}
	return a.send("AuthenticationCertificate", control.F("Certificate", cert))
}

// response answers AA02 with the chip's signature.
func (a *accessory) response(d *control.Decoded) error {
	challenge, ok := d.Bytes("Challenge")
	if !ok {
		return nil
	}
	var signature []byte
	chip, err := a.h.coprocessor()
	if err == nil {
		signature, err = chip.Sign(challenge)
	}
	if err != nil {
		a.h.chipFailed(err)
		return nil
	}
	switch c := a.h.m.Chip; {
	case c.BadSignature:
		signature[len(signature)/2] ^= 1
	case c.FixedBlob:
		signature = a.cert
	}
	return a.send("AuthenticationResponse", control.F("Signature", signature))
}

// unwrap takes the X.509 certificate out of its PKCS#7 wrapping: a mistake that
// real head units have made (exrector/carthing-custom-linux).
func unwrap(pkcs7 []byte) ([]byte, error) {
	var info struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version      int
			Digests      asn1.RawValue
			Inner        asn1.RawValue
			Certificates asn1.RawValue `asn1:"tag:0"`
			Rest         asn1.RawValue `asn1:"optional"`
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(pkcs7, &info); err != nil {
		return nil, fmt.Errorf("headunit: certificate: %w", err)
	}
	return info.Content.Certificates.Bytes, nil
}
