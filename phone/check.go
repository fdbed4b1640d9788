package phone

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// behaviours are what an app can do with a session.
var behaviours = []string{"carlife", "echo", "source", "sink", "duplex"}

// Check reports the first thing that a persona says and no phone can do.
func (p *Persona) Check() error {
	for _, check := range []func() error{p.checkUSB, p.USBMux.check, p.checkAuth, p.checkUser, p.checkApps, p.checkClock, p.checkTelephony, p.checkMusic, p.checkRoute} {
		if err := check(); err != nil {
			return fmt.Errorf("phone: persona: %w", err)
		}
	}
	return nil
}

func (p *Persona) checkUSB() error {
	if _, err := state.ParseVersion(p.ProductVersion); err != nil {
		return fmt.Errorf("product-version: %w", err)
	}
	for _, m := range p.USB.Modes {
		if m < uint16(modeInitial) || m > uint16(modeNCMOnly) {
			return fmt.Errorf("usb.modes has %d; want 1 to 5", m)
		}
	}
	if !slices.Contains(p.USB.Modes, uint16(p.USB.Mode)) {
		return fmt.Errorf("usb.mode is %d; want one of usb.modes, %d", p.USB.Mode, p.USB.Modes)
	}
	return nil
}

func (p *Persona) checkAuth() error {
	if err := oneOf("authentication.accept", p.Auth.Accept, "test-ca", "signature", "any", "anything"); err != nil {
		return err
	}
	return oneOf("authentication.fail-at", p.Auth.FailAt, "", "certificate", "response")
}

func (p *Persona) checkUser() error {
	if p.User.TrustAfter < 0 || p.User.UnlockAfter < 0 {
		return fmt.Errorf("user.trust-after is %v and user.unlock-after %v; want 0 or more", p.User.TrustAfter, p.User.UnlockAfter)
	}
	return oneOf("user.trust", p.User.Trust, slices.Sorted(maps.Keys(answers))...)
}

func (p *Persona) checkApps() error {
	for _, a := range p.Apps {
		if err := oneOf("app "+a.Bundle+": behaviour", a.Behaviour, behaviours...); err != nil {
			return err
		}
		if a.OpenAfter < 0 {
			return fmt.Errorf("app %s: open-after is %v; want 0 or more", a.Bundle, a.OpenAfter)
		}
		if a.Bytes < 0 {
			return fmt.Errorf("app %s: bytes is %d; want 0 or more", a.Bundle, a.Bytes)
		}
		if _, err := carlife.ParseFault(a.CarLife.Faults); err != nil {
			return fmt.Errorf("app %s: carlife.faults: %w", a.Bundle, err)
		}
		if a.CarLife.AtOnce && a.CarLife.Frames <= 0 {
			return fmt.Errorf("app %s: carlife.at-once is set without carlife.frames; want a number of frames", a.Bundle)
		}
	}
	return nil
}

func (p *Persona) checkClock() error {
	if e := p.Clock.Epoch; e != 1970 && e != 2001 {
		return fmt.Errorf("clock.epoch is %d; want 1970 or 2001", e)
	}
	return nil
}

func (p *Persona) checkTelephony() error {
	c := p.Cellular
	if c.Bars < 0 || c.Bars > 5 {
		return fmt.Errorf("cellular.bars is %d; want 0 to 5", c.Bars)
	}
	if err := inCatalogue("cellular.registration", c.Registration, "CommunicationsUpdate", "RegistrationStatus"); err != nil {
		return err
	}
	for i, call := range p.Calls {
		where := fmt.Sprintf("calls[%d]", i)
		if err := inCatalogue(where+".status", call.Status, "CallStateUpdate", "Status"); err != nil {
			return err
		}
		if err := inCatalogue(where+".direction", call.Direction, "CallStateUpdate", "Direction"); err != nil {
			return err
		}
	}
	return nil
}

func (p *Persona) checkMusic() error {
	if p.Music.Every <= 0 {
		return fmt.Errorf("music.every is %v; want more than 0", p.Music.Every)
	}
	for i, t := range p.Music.Tracks {
		if t.Duration < 0 {
			return fmt.Errorf("music.tracks[%d].duration is %v; want 0 or more", i, t.Duration)
		}
		if t.Artwork < 0 || t.Artwork > 1<<20 {
			return fmt.Errorf("music.tracks[%d].artwork is %d; want 0 to 1048576 bytes", i, t.Artwork)
		}
	}
	return nil
}

func (p *Persona) checkRoute() error {
	r := p.Route
	if len(r.Maneuvers) == 0 {
		return nil
	}
	if r.Every <= 0 {
		return fmt.Errorf("route.every is %v; want more than 0", r.Every)
	}
	if r.Speed < 1 || r.Speed > 1000 {
		return fmt.Errorf("route.speed is %d; want 1 to 1000 metres a second", r.Speed)
	}
	for i, m := range r.Maneuvers {
		if m.Distance < 1 || m.Distance > 1e7 {
			return fmt.Errorf("route.maneuvers[%d].distance is %d; want 1 to 10000000 metres", i, m.Distance)
		}
		if err := inCatalogue(fmt.Sprintf("route.maneuvers[%d].type", i), m.Type, "RouteGuidanceManeuverUpdate", "Type"); err != nil {
			return err
		}
	}
	return nil
}

// oneOf reports that a key has a value that is none of those.
func oneOf(key, value string, want ...string) error {
	if slices.Contains(want, value) {
		return nil
	}
	return fmt.Errorf("%s is %q; want %s", key, value, alternatives(want))
}

// inCatalogue reports that a key's value is no name of the enumeration that a
// parameter of the catalogue has.
func inCatalogue(key, value, message, param string) error {
	var names []string
	for _, v := range control.ByName(message).ParamByName(param).Enum.Values {
		names = append(names, v.Name)
	}
	return oneOf(key, value, names...)
}

func alternatives(want []string) string {
	want = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s == "" })
	if len(want) == 1 {
		return want[0]
	}
	return strings.Join(want[:len(want)-1], ", ") + " or " + want[len(want)-1]
}
