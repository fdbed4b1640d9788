package lockdown

import (
	"crypto/rsa"
	_ "embed"
	"net"
	"time"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Options of a [Host]. The zero value works.
type Options struct {
	// Records keep the pair records, and the host's identity; nil keeps them in
	// memory. Those of a [muxd.Daemon] may be shared with it.
	Records muxd.Records
	// Label names the program in each request: "plugfest" by default.
	Label string
	// Root and Key are the host's keys, RSA of 2048 bits; nil are test keys,
	// published with this source.
	Root, Key *rsa.PrivateKey

	Reply    time.Duration // how long an answer may take; 0 is 30 s, as with libimobiledevice
	Retry    time.Duration // from one Pair to the next; 0 is 1 s, as with pymobiledevice3
	Patience time.Duration // how long Pair waits for the user in all; 0 is 60 s, negative for ever

	// Limits of the property lists that come.
	Limits plist.Limits
	// State, if there is one, is told what goes on.
	State func(kind string, fields ...sim.Field)
}

// A Host is a computer, or a head unit, as phones know it.
type Host struct {
	w       *sim.World
	name    string
	o       Options
	pairs   int // how often it has paired
	streams int // TLS connections, for observers
}

// Keys of all simulated hosts that bring none of their own.
var (
	//go:embed keys/test-root.pem
	testRoot []byte
	//go:embed keys/test-host.pem
	testKey []byte
)

// NewHost makes a host. Its name is what events call it.
func NewHost(w *sim.World, name string, o Options) *Host {
	if o.Records == nil {
		o.Records = muxd.NewMemory(w, name)
	}
	if o.Root == nil {
		o.Root = mustKey(testRoot)
	}
	if o.Key == nil {
		o.Key = mustKey(testKey)
	}
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{{&o.Reply, 30 * time.Second}, {&o.Retry, time.Second}, {&o.Patience, time.Minute}} {
		if *f.v == 0 {
			*f.v = f.d
		}
	}
	if o.Label == "" {
		o.Label = "plugfest"
	}
	if o.State == nil {
		o.State = func(string, ...sim.Field) {}
	}
	return &Host{w: w, name: name, o: o}
}

func mustKey(pem []byte) *rsa.PrivateKey {
	key, err := wire.ParsePrivateKey(pem)
	if err != nil {
		panic(err) // it is embedded
	}
	return key
}

// A Phone is how a host reaches one.
type Phone struct {
	UDID string // names its pair record
	// Location is where it is on the USB, for observers: the bus in the upper half,
	// the address in the lower one.
	Location uint32
	// Dial opens a connection to one of its ports.
	Dial func(port uint16) (net.Conn, error)
}

// Via is a phone that a usbmuxd has.
func Via(d *muxd.Daemon, v usbmuxd.Device) Phone {
	return Phone{UDID: v.Serial, Location: v.Location, Dial: func(port uint16) (net.Conn, error) { return d.Dial(v.ID, port) }}
}

// record reads the pair record of a phone; without one the error is fs.ErrNotExist.
func (h *Host) record(udid string) (r wire.PairRecord, err error) {
	if err = muxd.CheckRecordID(udid); err != nil {
		return r, err
	}
	var b []byte
	h.w.Outside("pair record", func() { b, err = h.o.Records.Read(udid) })
	if err != nil {
		return r, err
	}
	return wire.ParsePairRecord(b, h.o.Limits)
}

// keep saves a pair record.
func (h *Host) keep(udid string, r wire.PairRecord) error {
	b, err := r.AppendTo(nil, plist.XML)
	if err == nil {
		err = muxd.CheckRecordID(udid)
	}
	if err == nil {
		h.w.Outside("pair record", func() { err = h.o.Records.Save(udid, b) })
	}
	return err
}

// Forget deletes the record of a phone, if there is one.
func (h *Host) Forget(udid string) {
	h.w.Outside("pair record", func() { _ = h.o.Records.Delete(udid) }) // none is as good
}

func (h *Host) buid() (id string, err error) {
	h.w.Outside("host identity", func() { id, err = h.o.Records.BUID() })
	return id, err
}
