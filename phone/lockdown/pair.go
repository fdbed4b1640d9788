package lockdown

import (
	"errors"

	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// maxID bounds the length of HostID and SystemBUID.
const maxID = 256

// record reads the PairRecord of a request: HostID and SystemBUID as strings, and
// three certificates as data in PEM. What else a host sends (pymobiledevice3: its
// private key) is not looked at.
func record(r *request) (w wire.PairRecord, err error) {
	raw, ok := r.Dict["PairRecord"]
	if !ok {
		return w, wire.MissingPairRecord
	}
	dict, ok := raw.(map[string]any)
	if !ok {
		return w, wire.InvalidPairRecord
	}
	if w.HostID, ok = dict["HostID"].(string); !ok || w.HostID == "" {
		return w, wire.MissingHostID
	}
	if w.SystemBUID, ok = dict["SystemBUID"].(string); !ok || w.SystemBUID == "" {
		w.SystemBUID = w.HostID
	}
	w.RootCertificate, _ = dict["RootCertificate"].([]byte)
	w.HostCertificate, _ = dict["HostCertificate"].([]byte)
	w.DeviceCertificate, _ = dict["DeviceCertificate"].([]byte)
	if len(w.HostID) > maxID || len(w.SystemBUID) > maxID {
		return w, wire.InvalidPairRecord
	}
	return w, nil
}

// host checks that a record holds together, and that the host made the device
// certificate for this phone's key.
func (c *conn) host(w wire.PairRecord) (*state.Host, error) {
	if w.Check(&c.phone.Key().PublicKey) != nil {
		return nil, wire.InvalidPairRecord
	}
	h := &state.Host{HostID: w.HostID, SystemBUID: w.SystemBUID}
	var errs [3]error
	h.RootCertificate, errs[0] = der(w.RootCertificate)
	h.HostCertificate, errs[1] = der(w.HostCertificate)
	h.DeviceCertificate, errs[2] = der(w.DeviceCertificate)
	if errors.Join(errs[:]...) != nil {
		return nil, wire.InvalidPairRecord
	}
	return h, nil
}

func der(pem []byte) ([]byte, error) {
	c, err := wire.ParseCertificate(pem)
	if err != nil {
		return nil, err
	}
	return c.Raw, nil
}

func (c *conn) pair(r *request, reply map[string]any) error {
	if c.wireless {
		return wire.PairingProhibitedOverThisConnection
	}
	w, err := record(r)
	if err != nil {
		return err
	}
	h, err := c.host(w)
	if err != nil {
		return err
	}
	policy, err := c.supervise(r, reply)
	if err != nil {
		return err
	}
	known, err := c.phone.Pair(*h, policy)
	if err != nil {
		return err
	}
	if c.phone.Version.AtLeast(7, 0) {
		reply["EscrowBag"] = known.EscrowBag
	}
	return nil
}

// validatePair has a host ask whether it is still trusted. From iOS 7 on nobody
// needs to.
func (c *conn) validatePair(r *request, _ map[string]any) error {
	w, err := record(r)
	if err != nil {
		return err
	}
	if c.phone.Host(w.HostID) == nil {
		return wire.InvalidHostID
	}
	return nil
}

// unpair goes by HostID alone.
func (c *conn) unpair(r *request, _ map[string]any) error {
	raw, ok := r.Dict["PairRecord"]
	if !ok {
		return wire.MissingPairRecord
	}
	dict, ok := raw.(map[string]any)
	if !ok {
		return wire.InvalidPairRecord
	}
	id, ok := dict["HostID"].(string)
	if !ok || id == "" {
		return wire.MissingHostID
	}
	if !c.phone.Unpair(id) {
		return wire.InvalidHostID
	}
	return nil
}
