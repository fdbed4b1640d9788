package scenarios

import "slices"

// HasHost reports whether a usbmuxd and its programs stand in place of the head
// unit: whether there are settings of a host, be they empty.
func (s Setup) HasHost() bool { return s.Host.Node() != nil }

// Endpoints names those who take part, in the order in which diagrams show them:
// phone, headunit and chip, or phone, host and the programs at its socket, which
// the actions and frames of the script name.
func (s *Scenario) Endpoints() []string {
	if !s.Setup.HasHost() {
		return []string{"phone", "headunit", "chip"}
	}
	names := []string{"phone", "host"}
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, step := range s.Script {
		switch step := step.(type) {
		case Do:
			if len(step.Args) > 0 {
				add(step.Args[0])
			}
		case Send:
			add(step.Frame.Who)
		}
	}
	return names
}
