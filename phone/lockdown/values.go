package lockdown

import wire "github.com/plugfest/plugfest/wire/lockdown"

// Arguments and reply of the value requests:
//
//	GetValue     Domain?, Key?         -> Value, with Domain and Key if they were given
//	SetValue     Domain?, Key, Value   -> Domain, Key
//	RemoveValue  Domain?, Key          -> Domain, Key
//
// GetValue without a key returns the whole domain.

// place returns which value a request is about, and echoes it.
func place(r *request, reply map[string]any) (domain, key string, err error) {
	for _, f := range []struct {
		name string
		to   *string
	}{{"Domain", &domain}, {"Key", &key}} {
		if !r.Has(f.name) {
			continue
		}
		var ok bool
		if *f.to, ok = r.text(f.name); !ok {
			return "", "", wire.InvalidRequest // inferred
		}
		reply[f.name] = *f.to
	}
	return domain, key, nil
}

func (c *conn) getValue(r *request, reply map[string]any) error {
	domain, key, err := place(r, reply)
	if err != nil {
		return err
	}
	switch {
	case c.id == "" && domain == "" && key == "":
		reply["Value"] = c.phone.PublicDomain()
		return nil
	case c.id == "" && !c.phone.Public(domain, key):
		return wire.GetProhibited
	case key == "":
		reply["Value"] = c.phone.Domain(domain)
		return nil
	}
	v := c.phone.Value(domain, key)
	if v == nil {
		return wire.MissingValue
	}
	reply["Value"] = v
	return nil
}

// untrusted is the one value that a host may set before it is trusted: who it is,
// so that the phone can say whom it asks the user about.
const untrusted = "UntrustedHostBUID"

func (c *conn) setValue(r *request, reply map[string]any) error {
	domain, key, err := place(r, reply)
	if err != nil {
		return err
	}
	v, ok := r.Dict["Value"]
	switch {
	case key == "":
		return wire.MissingKey
	case !ok:
		return wire.MissingValue
	case domain == "" && key == untrusted && c.phone.Version.AtLeast(7, 0):
	case c.id == "":
		return wire.SetProhibited
	case c.phone.Settable(domain, key):
	case c.phone.Value(domain, key) != nil:
		return wire.ImmutableValue // inferred; a host tool prints it as it comes
	default:
		return wire.SetProhibited
	}
	if domain == accessibility {
		v = asNumber(v, c.phone.Value(domain, key))
	}
	if !c.fits(domain, key, v) || !c.phone.SetValue(domain, key, v) {
		return wire.SetProhibited
	}
	return nil
}

// accessibility has switches that a host sets by a boolean and gets as 0 or 1, from
// iOS 11 on (go-ios, lockdown_assistivetouch.go).
const accessibility = "com.apple.Accessibility"

// asNumber makes a number of a boolean that replaces a number.
func asNumber(v, old any) any {
	on, isBool := v.(bool)
	if _, isNumber := old.(uint64); !isNumber || !isBool {
		return v
	}
	if on {
		return uint64(1)
	}
	return uint64(0)
}

// fits reports whether a new value is of the type of the old one. A phone whose
// name becomes a number would take its own tools down.
func (c *conn) fits(domain, key string, v any) bool {
	if domain == "" && key == untrusted {
		s, ok := v.(string)
		return ok && len(s) <= 128
	}
	switch c.phone.Value(domain, key).(type) {
	case string:
		_, ok := v.(string)
		return ok
	case bool:
		_, ok := v.(bool)
		return ok
	case float64, uint64, int64:
		switch v.(type) {
		case float64, float32, uint64, int64:
			return true
		}
		return false
	}
	return true
}

func (c *conn) removeValue(r *request, reply map[string]any) error {
	domain, key, err := place(r, reply)
	switch {
	case err != nil:
		return err
	case key == "":
		return wire.MissingKey
	case c.id == "" || !c.phone.Settable(domain, key):
		return wire.RemoveProhibited
	case !c.phone.RemoveValue(domain, key):
		return wire.MissingValue
	}
	return nil
}
