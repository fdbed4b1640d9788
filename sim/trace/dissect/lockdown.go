package dissect

import (
	"encoding/binary"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// lockdownTap follows a conversation with lockdown, until TLS hides it.
type lockdownTap struct {
	dev    *device
	dec    [2]lockdown.Decoder // by way
	failed [2]bool
	hidden bool
}

func newLockdownTap(v *device) *lockdownTap { return &lockdownTap{dev: v} }

// recordHeader is the start of a TLS record of a handshake: type 22, and a major
// version of 3.
const recordHeader = 0x1603

func (l *lockdownTap) emit(kind string, way int, f []sim.Field) {
	who, peer := l.dev.host, l.dev.name
	if way == toHost {
		who, peer = peer, who
	}
	l.dev.d.emit("lockdown", kind, who, peer, f, nil)
}

func (l *lockdownTap) feed(way int, b []byte) {
	if l.hidden || l.failed[way] {
		return
	}
	if len(b) >= 2 && binary.BigEndian.Uint16(b) == recordHeader {
		l.hidden = true
		l.emit("TLS", way, l.dev.d.derive())
		return
	}
	l.dec[way].Feed(b)
	for {
		body, ok, err := l.dec[way].Next()
		if err != nil {
			l.failed[way] = true
			l.emit("malformed", way, append(l.dev.d.derive(), sim.Text("fault", err.Error())))
		}
		if !ok {
			return
		}
		if way == toDevice {
			l.request(body)
		} else {
			l.reply(body)
		}
	}
}

// kind is what an event is called after a request, whichever they are: those that
// nobody knows have one name.
func (l *lockdownTap) kind(k lockdown.Kind) string {
	for _, known := range lockdownKinds {
		if string(k) == known {
			return known
		}
	}
	return "unknown request"
}

var lockdownKinds = []string{
	string(lockdown.QueryType), string(lockdown.GetValue), string(lockdown.SetValue), string(lockdown.RemoveValue),
	string(lockdown.Pair), string(lockdown.ValidatePair), string(lockdown.Unpair), string(lockdown.StartSession),
	string(lockdown.StopSession), string(lockdown.StartService), string(lockdown.EnterRecovery),
	string(lockdown.Activate), string(lockdown.Deactivate), string(lockdown.Goodbye),
}

func (l *lockdownTap) request(body []byte) {
	r, err := lockdown.ParseRequest(body, plist.Limits{})
	f := texts(l.dev.d.derive(), "label", r.Label, "domain", r.Domain, "key", r.Key, "host", r.HostID, "session", r.SessionID, "service", r.Service)
	f = appendValue(f, r.Value)
	if r.PairRecord != nil {
		f = texts(f, "host", r.PairRecord.HostID)
	}
	if err != nil {
		f = append(f, sim.Text("fault", err.Error()))
	}
	l.emit(l.kind(r.Kind), toDevice, f)
}

func (l *lockdownTap) reply(body []byte) {
	r, err := lockdown.ParseReply(body, plist.Limits{})
	f := texts(l.dev.d.derive(), "error", string(r.Error), "result", r.Result, "type", r.Type, "domain", r.Domain, "key", r.Key,
		"session", r.SessionID, "service", r.Service)
	f = appendValue(f, r.Value)
	if r.Port != 0 {
		f = append(f, sim.Int("port", r.Port))
	}
	if r.EnableSessionSSL || r.EnableServiceSSL {
		f = append(f, sim.Int("tls", 1))
	}
	if err != nil {
		f = append(f, sim.Text("fault", err.Error()))
	}
	l.emit(l.kind(r.Kind), toHost, f)
}

// texts appends the pairs of key and value that have a value.
func texts(f []sim.Field, pairs ...string) []sim.Field {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			f = append(f, sim.Text(pairs[i], excerpt(pairs[i+1])))
		}
	}
	return f
}

// appendValue shows a value that is not a whole tree.
func appendValue(f []sim.Field, v any) []sim.Field {
	switch v := v.(type) {
	case nil:
		return f
	case string:
		return append(f, sim.Text("value", excerpt(v)))
	case bool:
		if v {
			return append(f, sim.Int("value", 1))
		}
		return append(f, sim.Int("value", 0))
	case int64:
		return append(f, sim.Int("value", v))
	case uint64:
		return append(f, sim.Int("value", v))
	}
	return append(f, sim.Text("value", plist.TypeName(v)))
}
