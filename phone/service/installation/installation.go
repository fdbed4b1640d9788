package installation

import (
	"slices"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceInstallationProxy

// Service returns the service.
func Service() service.Service { return service.Service{Name: Name, Serve: Serve} }

// A Failure is what is wrong with a request: an error name of installation_proxy.
type Failure struct {
	Name        string
	Description string // "" is not sent
	Reason      string // what a phone does not tell the host; an event says it
}

// Error returns name, description and reason.
func (f *Failure) Error() string {
	s := f.Name
	for _, part := range []string{f.Description, f.Reason} {
		if part != "" {
			s += ": " + part
		}
	}
	return s
}

// proxy is one session.
type proxy struct {
	*service.Session
}

// command is one request.
type command struct {
	args    map[string]any
	options map[string]any // never nil
}

// text returns a string argument, which may stand in the options as well.
func (c *command) text(key string) string {
	for _, m := range []map[string]any{c.args, c.options} {
		if s, ok := m[key].(string); ok {
			return s
		}
	}
	return ""
}

// strings returns an array of strings from the options; ok is false if there is none.
func (c *command) strings(key string) (list []string, ok bool) {
	raw, ok := c.options[key].([]any)
	for _, x := range raw {
		if s, isText := x.(string); isText {
			list = append(list, s)
		}
	}
	return list, ok
}

var handlers = map[string]func(*proxy, *command) error{
	"Browse":                 (*proxy).browse,
	"CheckCapabilitiesMatch": (*proxy).capabilities,
	"Install":                (*proxy).install,
	"Lookup":                 (*proxy).lookup,
	"LookupArchives":         (*proxy).archives,
	"Uninstall":              (*proxy).uninstall,
	"Upgrade":                (*proxy).install,
}

// Serve does what the host says until it hangs up.
func Serve(s *service.Session) error {
	p := &proxy{s}
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		c := &command{args: m, options: map[string]any{}}
		if o, ok := m["ClientOptions"].(map[string]any); ok {
			c.options = o
		}
		name, _ := m["Command"].(string)
		fn := handlers[name]
		if fn == nil {
			fn = func(*proxy, *command) error {
				return &Failure{Name: "UnknownCommand", Description: "there is no such command"}
			}
		}
		if err = fn(p, c); err == nil {
			continue
		}
		f, ok := err.(*Failure)
		if !ok {
			return err
		}
		s.Emit("refused", sim.Text("command", name), sim.Text("why", f.Error()))
		reply := map[string]any{"Error": f.Name, "ErrorDetail": detail}
		if f.Description != "" {
			reply["ErrorDescription"] = f.Description
		}
		if err := s.Send(reply); err != nil {
			return err
		}
	}
}

// detail is what stands in ErrorDetail whatever the error. A real phone has numbers
// for what is wrong with a signature, which is not looked at here, and this one
// for the rest, as far as it was seen.
const detail = 0

func (p *proxy) complete(result map[string]any) error {
	m := map[string]any{"Status": "Complete"}
	if result != nil {
		m["LookupResult"] = result
	}
	return p.Send(m)
}

// chosen returns the apps of the type that the host wants.
func (p *proxy) chosen(c *command) []*state.App {
	kind := c.text("ApplicationType")
	return slices.DeleteFunc(p.Phone.Apps.All(), func(a *state.App) bool {
		return kind != "" && kind != "Any" && kind != a.Type()
	})
}

// entry returns what is wanted of an app.
func entry(a *state.App, c *command) map[string]any {
	all := a.Entry()
	wanted, ok := c.strings("ReturnAttributes")
	if !ok {
		return all
	}
	out := map[string]any{}
	for _, key := range wanted {
		if v, ok := all[key]; ok {
			out[key] = v
		}
	}
	return out
}

// page is how many apps one message of Browse lists.
const page = 20

func (p *proxy) browse(c *command) error {
	apps := p.chosen(c)
	for i := 0; i < len(apps); i += page {
		list := []any{}
		for _, a := range apps[i:min(i+page, len(apps))] {
			list = append(list, entry(a, c))
		}
		err := p.Send(map[string]any{
			"Status": "BrowsingApplications", "CurrentIndex": i, "CurrentAmount": len(list),
			"Total": len(apps), "CurrentList": list,
		})
		if err != nil {
			return err
		}
	}
	return p.complete(nil)
}

func (p *proxy) lookup(c *command) error {
	ids, some := c.strings("BundleIDs")
	result := map[string]any{}
	for _, a := range p.chosen(c) {
		if !some || slices.Contains(ids, a.BundleID) {
			result[a.BundleID] = entry(a, c)
		}
	}
	return p.complete(result)
}

func (p *proxy) archives(*command) error { return p.complete(map[string]any{}) }

func (p *proxy) capabilities(*command) error {
	return p.complete(map[string]any{"CapabilitiesMatch": true})
}
