package state

import (
	"crypto/rsa"
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// A State is the state of one phone in a world. Its methods are for code inside
// the world, or for the code that sets the world up; none of them waits.
type State struct {
	Model    *Model
	Version  Version
	Identity Identity

	Notifications *Notifications
	Log           *Log
	Apps          *Apps
	Profiles      *Profiles
	Images        *Images
	Packets       *Feed[Packet] // what passes the phone's network interfaces

	w       *sim.World
	name    string
	lib     *Library
	options Options
	key     *rsa.PrivateKey
	clock   time.Duration // what the host added to the calendar
	set     map[string]map[string]any
	rand    io.Reader
	disk    *files.Memory // nil until somebody needs it
	trust   trust
	lock    lock
	power   []*func(Power)

	accessory func(io.ReadWriteCloser)
	turned    int // orientation; 0 is upright
	place     Location
	icons     []any // as a host arranged them; nil: not arranged
}

// New makes the state of a phone. Its name is what events call it.
func New(w *sim.World, name string, o Options) (*State, error) {
	l, err := Load()
	if err != nil {
		return nil, err
	}
	return l.New(w, name, o)
}

// New makes the state of a phone, sharing the library's data.
func (l *Library) New(w *sim.World, name string, o Options) (*State, error) {
	o.defaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	model := l.Model(o.ProductType)
	if model == nil {
		return nil, fmt.Errorf("state: no model %q; there are %v", o.ProductType, l.Models())
	}
	version, err := ParseVersion(o.ProductVersion)
	if err != nil {
		return nil, err
	}
	rnd := w.Rand(name + ": identity")
	serial := o.SerialNumber
	if serial == "" {
		serial = NewUSBSerial(model.Chip, rnd.Uint64())
	}
	s := &State{
		Model: model, Version: version, Identity: newIdentity(serial),
		w: w, name: name, lib: l, options: o,
		key: l.keys[rnd.IntN(len(l.keys))],
		set: map[string]map[string]any{},
	}
	setDefault(&s.options.Name, model.Class)
	setDefault(&s.options.Capacity, uint64(model.Capacity*1e9))
	setDefault(&s.options.Free, (s.options.Capacity-s.systemSize())/2)
	for domain, values := range o.Values {
		s.set[domain] = map[string]any{}
		for key, v := range values {
			s.set[domain][key] = v
		}
	}
	s.Notifications = newNotifications(s)
	s.Log = newLog(s)
	s.Apps = &Apps{s: s}
	s.Profiles = &Profiles{s: s}
	s.Images = newImages(s)
	s.Packets = &Feed[Packet]{}
	s.Packets.init(w, name+": a packet", 256)
	s.trust.init(s)
	s.lock.init(s)
	return s, nil
}

// OnAccessory has fn talk to accessories that come over a service of lockdownd; it
// returns when that is over.
func (s *State) OnAccessory(fn func(io.ReadWriteCloser)) { s.accessory = fn }

// Accessory returns what OnAccessory has set, or nil.
func (s *State) Accessory() func(io.ReadWriteCloser) { return s.accessory }

// World returns the world that the phone lives in.
func (s *State) World() *sim.World { return s.w }

// Name returns what events call the phone.
func (s *State) Name() string { return s.name }

// Time returns what the phone's clock shows.
func (s *State) Time() time.Time { return s.w.Time().Add(s.clock) }

// SetTime sets the phone's clock.
func (s *State) SetTime(t time.Time) { s.clock = t.Sub(s.w.Time()) }

// Zone returns the phone's time zone, UTC if the machine does not know it.
func (s *State) Zone() *time.Location {
	name, ok := s.set[""]["TimeZone"].(string)
	if !ok {
		name = s.options.TimeZone
	}
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	return time.UTC
}

// Key returns the private half of DevicePublicKey. It is one of a few embedded
// test keys, which everybody knows.
func (s *State) Key() *rsa.PrivateKey { return s.key }

// PublicKey returns DevicePublicKey: PEM of type "RSA PUBLIC KEY" (PKCS#1).
func (s *State) PublicKey() []byte {
	return wire.AppendPublicKey(nil, &s.key.PublicKey)
}

// Random returns the phone's stream of random bytes, which depends on the world's
// seed. It is not secret.
func (s *State) Random() io.Reader {
	if s.rand == nil {
		s.rand = s.w.Bytes(s.name + ": random")
	}
	return s.rand
}

// NewChallenge returns 32 random bytes.
func (s *State) NewChallenge() []byte {
	b := make([]byte, 32)
	_, _ = s.Random().Read(b)
	return b
}

// random returns bytes that depend on the world's seed, the phone, and label.
func (s *State) random(label string, n int) []byte {
	b := make([]byte, n)
	_, _ = s.w.Bytes(s.name + ": " + label).Read(b)
	return b
}

// emit tells the world's observers what happened to the phone.
func (s *State) emit(kind string, fields ...sim.Field) {
	if s.w.Observed() {
		s.w.Emit(sim.Event{Who: s.name, Layer: "state", Kind: kind, Fields: fields})
	}
}
