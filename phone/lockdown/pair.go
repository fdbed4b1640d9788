package lockdown

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	"github.com/plugfest/plugfest/phone/state"
)

// record reads the PairRecord of a request: HostID and SystemBUID as strings, and
// three certificates as data in PEM. What else a host sends (pymobiledevice3: its
// private key) is not looked at.
func (c *conn) record(r *request) (state.Host, error) {
	var h state.Host
	raw, ok := r.Dict["PairRecord"]
	if !ok {
		return h, ErrMissingPairRecord
	}
	dict, ok := raw.(map[string]any)
	if !ok {
		return h, ErrInvalidPairRecord
	}
	if h.HostID, ok = dict["HostID"].(string); !ok || h.HostID == "" {
		return h, ErrMissingHostID
	}
	if h.SystemBUID, ok = dict["SystemBUID"].(string); !ok {
		h.SystemBUID = h.HostID
	}
	if len(h.HostID) > 256 || len(h.SystemBUID) > 256 {
		return h, ErrInvalidPairRecord
	}
	for _, f := range []struct {
		name string
		to   *[]byte
	}{{"RootCertificate", &h.RootCertificate}, {"HostCertificate", &h.HostCertificate}, {"DeviceCertificate", &h.DeviceCertificate}} {
		data, _ := dict[f.name].([]byte)
		block, _ := pem.Decode(data)
		if block == nil || block.Type != "CERTIFICATE" {
			return h, ErrInvalidPairRecord
		}
		*f.to = block.Bytes
	}
	return h, nil
}

// mine reports whether the host made the device certificate for this phone's key.
func (c *conn) mine(der []byte) bool {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return false
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	return ok && key.Equal(&c.phone.Key().PublicKey)
}

func (c *conn) pair(r *request, reply map[string]any) error {
	if c.wireless {
		return ErrPairingProhibitedOverThisConnection
	}
	h, err := c.record(r)
	if err != nil {
		return err
	}
	if !c.mine(h.DeviceCertificate) {
		return ErrInvalidPairRecord
	}
	policy, err := c.supervise(r, reply)
	if err != nil {
		return err
	}
	known, err := c.phone.Pair(h, policy)
	if err != nil {
		return asError(err)
	}
	if c.phone.Version.AtLeast(7, 0) {
		reply["EscrowBag"] = known.EscrowBag
	}
	return nil
}

// validatePair has a host ask whether it is still trusted. From iOS 7 on nobody
// needs to.
func (c *conn) validatePair(r *request, _ map[string]any) error {
	h, err := c.record(r)
	if err != nil {
		return err
	}
	if c.phone.Host(h.HostID) == nil {
		return ErrInvalidHostID
	}
	return nil
}

// unpair goes by HostID alone.
func (c *conn) unpair(r *request, _ map[string]any) error {
	raw, ok := r.Dict["PairRecord"]
	if !ok {
		return ErrMissingPairRecord
	}
	dict, ok := raw.(map[string]any)
	if !ok {
		return ErrInvalidPairRecord
	}
	id, ok := dict["HostID"].(string)
	if !ok || id == "" {
		return ErrMissingHostID
	}
	if !c.phone.Unpair(id) {
		return ErrInvalidHostID
	}
	return nil
}
