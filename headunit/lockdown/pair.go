package lockdown

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Pair makes the phone trust the host: it sends certificates that it has made for
// the phone's key, again and again while the phone is locked or its user has not
// answered, and keeps the record.
//
// Errors are [wire.UserDeniedPairing], which it does not try to change, and
// [wire.PairingDialogResponsePending] or [wire.PasswordProtected] when the patience
// is at its end.
func (c *Client) Pair() error {
	record, err := c.newRecord()
	if err != nil {
		return err
	}
	reply, err := c.askPair(record)
	if err != nil {
		return err
	}
	record.EscrowBag = reply.EscrowBag
	if err := c.h.keep(c.phone.UDID, record); err != nil {
		return &Error{wire.Pair, err}
	}
	c.h.o.State("paired", sim.Text("host", record.HostID))
	return nil
}

// newRecord asks for what the phone adds to a record, and makes the rest.
func (c *Client) newRecord() (wire.PairRecord, error) {
	var r wire.PairRecord
	public, err := c.GetValue("", "DevicePublicKey")
	if err != nil {
		return r, err
	}
	pem, ok := public.([]byte)
	if !ok {
		return r, &Error{wire.GetValue, errors.New("DevicePublicKey is no data")}
	}
	device, err := wire.ParsePublicKey(pem)
	if err != nil {
		return r, &Error{wire.GetValue, err}
	}
	address, err := c.GetValue("", "WiFiAddress")
	if err != nil && !errors.Is(err, wire.MissingValue) && !errors.Is(err, wire.GetProhibited) {
		return r, err
	}
	buid, err := c.h.buid()
	if err != nil {
		return r, &Error{wire.Pair, err}
	}
	c.h.pairs++
	host, err := wire.NewUUID(c.h.w.Bytes(fmt.Sprintf("%s: HostID %d", c.h.name, c.h.pairs)))
	if err != nil {
		return r, &Error{wire.Pair, err}
	}
	r, err = wire.NewPairRecord(host, buid, c.h.o.Root, c.h.o.Key, device,
		wire.CertificateOptions{NotBefore: c.h.w.Time(), SHA256: true})
	if err != nil {
		return r, &Error{wire.Pair, err}
	}
	r.WiFiMACAddress, _ = address.(string)
	return r, nil
}

func (c *Client) askPair(record wire.PairRecord) (wire.Reply, error) {
	deadline := sim.Never
	if c.h.o.Patience > 0 {
		deadline = c.h.w.Now() + c.h.o.Patience
	}
	var told error
	for {
		reply, err := c.Ask(wire.Request{Kind: wire.Pair, ProtocolVersion: "2", PairRecord: record.Public(),
			Options: &wire.PairingOptions{ExtendedPairingErrors: true}})
		waits := errors.Is(err, wire.PairingDialogResponsePending) || errors.Is(err, wire.PasswordProtected)
		if !waits || c.h.w.Now()+c.h.o.Retry > deadline {
			return reply, err
		}
		if told == nil || told.Error() != err.Error() {
			told = err
			c.h.o.State("pairing waits", sim.Text("why", err.Error()))
		}
		c.h.w.Sleep(c.h.o.Retry)
	}
}

// Unpair has the phone forget the host, and the host its record.
func (c *Client) Unpair() error {
	return c.withRecord(wire.Unpair, func() { c.h.Forget(c.phone.UDID) })
}

// ValidatePair asks whether the host is still trusted: for iOS before 7.
func (c *Client) ValidatePair() error { return c.withRecord(wire.ValidatePair, func() {}) }

func (c *Client) withRecord(kind wire.Kind, then func()) error {
	record, err := c.h.record(c.phone.UDID)
	if err != nil {
		return &Error{kind, err}
	}
	if _, err := c.Ask(wire.Request{Kind: kind, PairRecord: record.Public()}); err != nil {
		return err
	}
	then()
	return nil
}

// Establish starts a session, and pairs first where the host has no record, or the
// phone does not know it any more.
func (c *Client) Establish() error {
	err := c.StartSession()
	switch {
	case errors.Is(err, wire.InvalidHostID):
		c.h.o.State("pair record refused")
		c.h.Forget(c.phone.UDID)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := c.Pair(); err != nil {
		return err
	}
	return c.StartSession()
}
