package gadget

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Prefix begins a spec.
const Prefix = "gadget:"

// options of a spec, by name.
var specOptions = []struct {
	name, want string
	set        func(o *Options, v string) error
}{
	{"speed", "full, high or super", func(o *Options, v string) error {
		for _, s := range []usb.Speed{usb.Full, usb.High, usb.Super} {
			if s.String() == v {
				o.Speed = s
				return nil
			}
		}
		return fmt.Errorf("%q is no speed", v)
	}},
	{"role", "a path", func(o *Options, v string) error {
		if !path.IsAbs(v) {
			return fmt.Errorf("%q is no absolute path", v)
		}
		o.Role = v
		return nil
	}},
	{"wait", "a time such as 5s", duration(func(o *Options) *time.Duration { return &o.WaitUDC })},
	{"gone", "a time such as 1s", duration(func(o *Options) *time.Duration { return &o.Gone })},
	{"suspended", "a time such as 2s", duration(func(o *Options) *time.Duration { return &o.Suspended })},
	{"packets", "1 to " + strconv.Itoa(maxReadPackets), func(o *Options, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxReadPackets {
			return fmt.Errorf("%q is out of range", v)
		}
		o.ReadPackets = n
		return nil
	}},
	{"alternates", "refused", func(o *Options, v string) error {
		if v != "refused" {
			return fmt.Errorf("%q is not known", v)
		}
		o.RefuseAlternates = true
		return nil
	}},
	{"trace", "no", func(o *Options, v string) error {
		if v != "no" {
			return fmt.Errorf("%q is not known", v)
		}
		o.NoTrace = true
		return nil
	}},
}

func duration(field func(*Options) *time.Duration) func(*Options, string) error {
	return func(o *Options, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is no time above 0", v)
		}
		*field(o) = d
		return nil
	}
}

// ParseSpec reads the name of a port:
//
//	gadget:                            the first controller
//	gadget:fe980000.usb                the one of that name
//	gadget:fe980000.usb,speed=full     with options
//
// Options, each after a comma: speed=full|high|super, wait=TIME, role=PATH,
// gone=TIME, suspended=TIME, packets=N, alternates=refused, trace=no; see the
// fields of [Options].
func ParseSpec(spec string) (Options, error) {
	fail := func(why string) (Options, error) {
		return Options{}, fmt.Errorf("gadget: port %q: %s; want gadget:UDC, with a name of %s or none for the first", spec, why, udcRoot)
	}
	rest, ok := strings.CutPrefix(spec, Prefix)
	if !ok {
		return fail("does not begin with " + Prefix)
	}
	fields := strings.Split(rest, ",")
	o := Options{UDC: fields[0]}
	if o.UDC == "." || o.UDC == ".." || strings.ContainsAny(o.UDC, "/ \n\x00") {
		return fail("a controller's name has no slash and no space")
	}
next:
	for _, f := range fields[1:] {
		name, value, _ := strings.Cut(f, "=")
		for _, s := range specOptions {
			if s.name != name {
				continue
			}
			if err := s.set(&o, value); err != nil {
				return fail(fmt.Sprintf("%s: %v: want %s", name, err, s.want))
			}
			continue next
		}
		return fail(fmt.Sprintf("no option %q", name))
	}
	return o, nil
}

// Open makes a port of a spec; see [ParseSpec]. Nothing is done to the
// controller before the port's Attach.
func Open(w *sim.World, spec string) (*Port, error) {
	o, err := ParseSpec(spec)
	if err != nil {
		return nil, err
	}
	return New(w, o)
}
