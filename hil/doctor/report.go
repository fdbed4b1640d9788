package doctor

import "slices"

// A Status is how a machine does in one respect.
type Status string

// What a Finding can say.
const (
	OK      Status = "ok"
	Missing Status = "missing"
	Denied  Status = "no permission"
)

// A Finding is one thing that was looked for.
type Finding struct {
	What   string `json:"what"` // "kernel module vhci_hcd"
	Status Status `json:"status"`
	// Detail says more of it: why it is missing, what was found.
	Detail string `json:"detail,omitempty"`
	// Fix is the command that gets what is missing.
	Fix string `json:"fix,omitempty"`
	// Optional: the capability is there without it too.
	Optional bool `json:"optional,omitempty"`
}

// A Capability is something that Plugfest can do on a machine that has all of a
// list of things.
type Capability struct {
	Name     string    `json:"name"`  // "usbip"
	Title    string    `json:"title"` // what it is good for
	Status   Status    `json:"status"`
	Findings []Finding `json:"findings"`
}

// Lacks lists what keeps a machine from it.
func (c Capability) Lacks() []Finding {
	return slices.DeleteFunc(slices.Clone(c.Findings), func(f Finding) bool { return f.Status == OK || f.Optional })
}

// status sums up: something missing outweighs something forbidden.
func (c Capability) status() Status {
	s := OK
	for _, f := range c.Lacks() {
		if f.Status == Missing || s == OK {
			s = f.Status
		}
	}
	return s
}

// Examine looks at a machine, at each capability in turn.
func Examine(m Machine) []Capability {
	var out []Capability
	for _, e := range examinations {
		c := Capability{Name: e.name, Title: e.title}
		for _, look := range e.looks {
			c.Findings = append(c.Findings, look(m)...)
		}
		c.Status = c.status()
		out = append(out, c)
	}
	return out
}

// Names are those of the capabilities, in their order.
func Names() []string {
	var out []string
	for _, e := range examinations {
		out = append(out, e.name)
	}
	return out
}
