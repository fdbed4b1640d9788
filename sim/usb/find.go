package usb

// A Match is an alternate setting that [ConfigDescriptor.Find] found.
type Match struct {
	Config    uint8 // bConfigurationValue
	Interface uint8 // bInterfaceNumber
	*Alternate
}

// Any stands for every value of a field in Find.
const Any = -1

// Config returns the configuration with that value, or nil.
func (d *Descriptors) Config(value uint8) *ConfigDescriptor {
	for i := range d.Configs {
		if d.Configs[i].Value == value {
			return &d.Configs[i]
		}
	}
	return nil
}

// FindInterface returns the first alternate setting of that class, subclass and
// protocol over all configurations; [Any] matches everything.
func (d *Descriptors) FindInterface(class, sub, proto int) (Match, bool) {
	for i := range d.Configs {
		if m := d.Configs[i].Find(class, sub, proto); len(m) > 0 {
			return m[0], true
		}
	}
	return Match{}, false
}

// Text returns string number n in the default language, or "".
func (d *Descriptors) Text(n uint8) string {
	if n == 0 || len(d.Strings) == 0 {
		return ""
	}
	return d.Strings[0].Text[n]
}

// Find returns the alternate settings of that class, subclass and protocol in
// order of appearance; [Any] matches everything.
func (c *ConfigDescriptor) Find(class, sub, proto int) []Match {
	var found []Match
	for i := range c.Interfaces {
		f := &c.Interfaces[i]
		for j := range f.Alternates {
			a := &f.Alternates[j]
			if is(a.Class, class) && is(a.SubClass, sub) && is(a.Protocol, proto) {
				found = append(found, Match{c.Value, f.Number, a})
			}
		}
	}
	return found
}

func is(v uint8, want int) bool { return want == Any || int(v) == want }

// Alternate returns an alternate setting of an interface, or nil.
func (c *ConfigDescriptor) Alternate(number, setting uint8) *Alternate {
	for i := range c.Interfaces {
		f := &c.Interfaces[i]
		if f.Number != number {
			continue
		}
		for j := range f.Alternates {
			if f.Alternates[j].Setting == setting {
				return &f.Alternates[j]
			}
		}
	}
	return nil
}

// HasInterface reports whether the configuration has an interface of that
// number.
func (c *ConfigDescriptor) HasInterface(number uint8) bool {
	for i := range c.Interfaces {
		if c.Interfaces[i].Number == number {
			return true
		}
	}
	return false
}

// Endpoint returns the first endpoint of that type and direction.
func (a *Alternate) Endpoint(t TransferType, in bool) (EndpointDescriptor, bool) {
	for _, e := range a.Endpoints {
		if e.Type() == t && e.In() == in {
			return e, true
		}
	}
	return EndpointDescriptor{}, false
}

// BulkPair returns the addresses of the first bulk endpoints in and out.
func (a *Alternate) BulkPair() (in, out uint8, ok bool) {
	i, okIn := a.Endpoint(TypeBulk, true)
	o, okOut := a.Endpoint(TypeBulk, false)
	return i.Address, o.Address, okIn && okOut
}
