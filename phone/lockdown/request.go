package lockdown

import (
	"errors"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
)

// request is one that came in.
type request struct {
	name string
	plist.Fields
}

// text returns a string argument; ok is false if it is missing or no string.
func (r *request) text(key string) (s string, ok bool) {
	s, ok = r.Dict[key].(string)
	return s, ok
}

// handlers by request. Each fills in the reply, or returns an [Error].
var handlers = map[string]func(*conn, *request, map[string]any) error{
	"Activate":      (*conn).activate,
	"Deactivate":    (*conn).deactivate,
	"EnterRecovery": (*conn).enterRecovery,
	"GetValue":      (*conn).getValue,
	"Goodbye":       (*conn).goodbye,
	"Pair":          (*conn).pair,
	"QueryType":     (*conn).queryType,
	"RemoveValue":   (*conn).removeValue,
	"SetValue":      (*conn).setValue,
	"StartService":  (*conn).startService,
	"StartSession":  (*conn).startSession,
	"StopSession":   (*conn).stopSession,
	"Unpair":        (*conn).unpair,
	"ValidatePair":  (*conn).validatePair,
}

// answer makes the reply to a message. Every reply echoes Request, or libimobiledevice
// takes it for an error.
func (c *conn) answer(m map[string]any) map[string]any {
	r := &request{Fields: plist.Fields{Dict: m}}
	r.name, _ = r.text("Request")
	reply := map[string]any{}
	var err error = ErrInvalidRequest
	if fn := handlers[r.name]; fn != nil {
		err = fn(c, r, reply)
	}
	if r.name != "" {
		reply["Request"] = r.name
	}
	c.result(reply, err)
	c.trace(r, err)
	return reply
}

// result says how it went: in Error from iOS 5 on, before that in Result.
func (c *conn) result(reply map[string]any, err error) {
	old := !c.phone.Version.AtLeast(5, 0)
	switch {
	case err == nil && old:
		reply["Result"] = "Success"
	case err != nil && old:
		reply["Result"] = "Failure"
	case err != nil:
		reply["Error"] = err.Error()
	}
}

func (c *conn) trace(r *request, err error) {
	if !c.s.w.Observed() {
		return
	}
	var fields []sim.Field
	for _, key := range []string{"Label", "Domain", "Key", "Service", "HostID"} {
		if v, ok := r.text(key); ok {
			fields = append(fields, sim.Text(key, v))
		}
	}
	if err != nil {
		fields = append(fields, sim.Text("error", err.Error()))
	}
	name := r.name
	if handlers[name] == nil {
		name = "unknown request"
		fields = append(fields, sim.Text("request", r.name))
	}
	c.s.emit(name, fields...)
}

// asError turns errors of the phone's state into error strings.
func asError(err error) error {
	var e Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return Error(err.Error())
}

func (c *conn) queryType(_ *request, reply map[string]any) error {
	reply["Type"] = "com.apple.mobile.lockdown"
	return nil
}

func (c *conn) goodbye(*request, map[string]any) error {
	c.hangUp = true
	return nil
}
