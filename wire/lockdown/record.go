package lockdown

import (
	"fmt"
	"io"

	"github.com/plugfest/plugfest/wire/plist"
)

// PairRecord is what a host keeps of a device that it is paired with, and, the
// certificates and the two identifiers of it, what it sends with Pair.
//
// Certificates and keys are PEM. Source: libimobiledevice, common/userpref.c.
type PairRecord struct {
	HostID            string // in the shape of an upper-case UUID
	SystemBUID        string // that of the host's usbmuxd
	RootCertificate   []byte
	HostCertificate   []byte
	DeviceCertificate []byte

	// Kept by the host. pymobiledevice3 sends the root's key with Pair all the
	// same, and the address.
	RootPrivateKey []byte
	HostPrivateKey []byte
	EscrowBag      []byte // the device's answer to Pair; opaque
	WiFiMACAddress string

	// Extra holds further keys: they are kept and written again.
	Extra map[string]any
}

// ParsePairRecord reads a stored record, XML or binary, within the limits. It does
// not look into the certificates; Check does.
func ParsePairRecord(b []byte, l plist.Limits) (PairRecord, error) {
	dict, err := plist.DecodeDict(b, l)
	if err != nil {
		return PairRecord{}, fmt.Errorf("lockdown: pair record: %w", err)
	}
	r, err := parsePairRecord(&plist.Fields{Dict: dict})
	if err != nil {
		return r, fmt.Errorf("lockdown: pair record: %w", err)
	}
	return r, nil
}

func parsePairRecord(f *plist.Fields) (PairRecord, error) {
	r := PairRecord{
		HostID: f.String("HostID"), SystemBUID: f.String("SystemBUID"), WiFiMACAddress: f.String("WiFiMACAddress"),
		RootCertificate: f.Data("RootCertificate"), HostCertificate: f.Data("HostCertificate"),
		DeviceCertificate: f.Data("DeviceCertificate"), RootPrivateKey: f.Data("RootPrivateKey"),
		HostPrivateKey: f.Data("HostPrivateKey"), EscrowBag: f.Data("EscrowBag"),
	}
	for key, value := range f.Dict {
		if !isRecordKey(key) {
			if r.Extra == nil {
				r.Extra = map[string]any{}
			}
			r.Extra[key] = value
		}
	}
	return r, f.Err()
}

// isRecordKey reports whether a key has a field of its own.
func isRecordKey(key string) bool {
	switch key {
	case "HostID", "SystemBUID", "WiFiMACAddress", "RootCertificate", "HostCertificate", "DeviceCertificate",
		"RootPrivateKey", "HostPrivateKey", "EscrowBag":
		return true
	}
	return false
}

func (r PairRecord) fields() map[string]any {
	d := map[string]any{}
	for key, value := range r.Extra {
		d[key] = value
	}
	putStrings(d, map[string]string{"HostID": r.HostID, "SystemBUID": r.SystemBUID, "WiFiMACAddress": r.WiFiMACAddress})
	for key, value := range map[string][]byte{
		"RootCertificate": r.RootCertificate, "HostCertificate": r.HostCertificate, "DeviceCertificate": r.DeviceCertificate,
		"RootPrivateKey": r.RootPrivateKey, "HostPrivateKey": r.HostPrivateKey, "EscrowBag": r.EscrowBag,
	} {
		if value != nil {
			d[key] = value
		}
	}
	return d
}

// AppendTo appends the record as a property list, to be stored.
func (r PairRecord) AppendTo(dst []byte, f plist.Format) ([]byte, error) {
	return plist.Append(dst, f, r.fields())
}

// Public returns the part of the record that is sent with Pair, ValidatePair and
// Unpair.
func (r PairRecord) Public() *PairRecord {
	return &PairRecord{
		HostID: r.HostID, SystemBUID: r.SystemBUID, RootCertificate: r.RootCertificate,
		HostCertificate: r.HostCertificate, DeviceCertificate: r.DeviceCertificate,
	}
}

// NewUUID makes an upper-case UUID of 16 bytes of r, for a HostID, a SystemBUID
// or a SessionID. It is a valid one of version 4; libimobiledevice's are not.
func NewUUID(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("lockdown: random bytes for a UUID: %w", err)
	}
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
