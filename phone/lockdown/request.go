package lockdown

import (
	"errors"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// request is one that came in. Its arguments are looked at one by one, and not with
// [wire.ParseRequest]: an argument of the wrong type is answered, each in its own
// way.
type request struct {
	kind wire.Kind
	plist.Fields
}

// text returns a string argument; ok is false if it is missing or no string.
func (r *request) text(key string) (s string, ok bool) {
	s, ok = r.Dict[key].(string)
	return s, ok
}

// handlers by request. Each fills in the reply, or returns a [wire.Error].
var handlers = map[wire.Kind]func(*conn, *request, map[string]any) error{
	wire.Activate:      (*conn).activate,
	wire.Deactivate:    (*conn).deactivate,
	wire.EnterRecovery: (*conn).enterRecovery,
	wire.GetValue:      (*conn).getValue,
	wire.Goodbye:       (*conn).goodbye,
	wire.Pair:          (*conn).pair,
	wire.QueryType:     (*conn).queryType,
	wire.RemoveValue:   (*conn).removeValue,
	wire.SetValue:      (*conn).setValue,
	wire.StartService:  (*conn).startService,
	wire.StartSession:  (*conn).startSession,
	wire.StopSession:   (*conn).stopSession,
	wire.Unpair:        (*conn).unpair,
	wire.ValidatePair:  (*conn).validatePair,
}

// answer makes the reply to a message. Every reply echoes Request, or libimobiledevice
// takes it for an error.
func (c *conn) answer(m map[string]any) map[string]any {
	r := &request{Fields: plist.Fields{Dict: m}}
	name, _ := r.text("Request")
	r.kind = wire.Kind(name)
	reply := map[string]any{}
	code := wire.InvalidRequest
	if fn := handlers[r.kind]; fn != nil {
		code = asCode(fn(c, r, reply))
	}
	if r.kind != "" {
		reply["Request"] = string(r.kind)
	}
	c.result(reply, code)
	c.trace(r, code)
	return reply
}

// asCode returns the error string of an error, "" for none.
func asCode(err error) wire.Error {
	var code wire.Error
	var why state.PairError
	switch {
	case errors.As(err, &code):
	case errors.As(err, &why):
		code = wire.Error(why)
	case err != nil:
		code = wire.Error(err.Error())
	}
	return code
}

// result says how it went: in Error from iOS 5 on, before that in Result.
func (c *conn) result(reply map[string]any, code wire.Error) {
	old := !c.phone.Version.AtLeast(5, 0)
	switch {
	case code == "" && old:
		reply["Result"] = wire.Success
	case code != "" && old:
		reply["Result"] = wire.Failure
	case code != "":
		reply["Error"] = string(code)
	}
}

func (c *conn) trace(r *request, code wire.Error) {
	if !c.s.w.Observed() {
		return
	}
	var fields []sim.Field
	for _, key := range []string{"Label", "Domain", "Key", "Service", "HostID"} {
		if v, ok := r.text(key); ok {
			fields = append(fields, sim.Text(key, v))
		}
	}
	if code != "" {
		fields = append(fields, sim.Text("error", string(code)))
	}
	name := string(r.kind)
	if handlers[r.kind] == nil {
		fields = append(fields, sim.Text("request", name))
		name = "unknown request"
	}
	c.s.emit(name, fields...)
}

func (c *conn) queryType(_ *request, reply map[string]any) error {
	reply["Type"] = wire.TypeLockdown
	return nil
}

func (c *conn) goodbye(*request, map[string]any) error {
	c.hangUp = true
	return nil
}
