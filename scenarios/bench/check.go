package bench

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/scenarios"
)

// actions are what a script can "do" with this bench, all without arguments.
var actions = []string{"plug", "unplug"}

// senders are the endpoints that events name.
var senders = []string{phoneName, headunitName, "cable", "*"}

// Check is the [scenarios.Checker] that goes with [New]: it reads the settings
// and looks over actions, frames and names of endpoints.
func Check(s *scenarios.Scenario, setup scenarios.Setup) error {
	if setup.HasHost() {
		return checkHost(s, setup)
	}
	_, phoneErr := readPhone(setup.Phone)
	_, unitErr := readHeadunit(setup.Headunit)
	_, _, chipErr := readChip(setup.Chip)
	_, cableErr := readCable(setup.Cable, headunitName)
	return errors.Join(phoneErr, unitErr, chipErr, cableErr, s.Look(checkStep, checkPattern))
}

func checkStep(step scenarios.Step) error {
	switch step := step.(type) {
	case scenarios.Do:
		return checkAction(step.Action, step.Args)
	case scenarios.Send:
		return checkFrame(step.Frame)
	}
	return nil
}

func checkAction(action string, args []string) error {
	if !slices.Contains(actions, action) {
		return scenarios.WordError(action, "no action %q; there are %s", action, strings.Join(actions, ", "))
	}
	if len(args) > 0 {
		return scenarios.WordError(args[0], "%s takes no arguments", action)
	}
	return nil
}

func checkPattern(p *scenarios.Pattern) error {
	if strings.HasPrefix(p.Layer, "x.") || slices.Contains(senders, p.Who) {
		return nil
	}
	return scenarios.WordError(p.Who, "no endpoint %q; there are %s", p.Who, strings.Join(senders, ", "))
}

// frameFields are the fields that a frame may have, by its kind.
func frameFields(f scenarios.Pattern) ([]string, error) {
	kind := f.KindText()
	switch {
	case f.Layer == "raw" && kind == "bytes":
		return []string{"bytes"}, nil
	case f.Layer == "raw":
		return nil, scenarios.WordError(kind, "cannot send %s on layer raw; want bytes", kind)
	case f.Layer != "iap2.link":
		return nil, scenarios.WordError(f.Layer, "cannot send on layer %s; want iap2.link or raw", f.Layer)
	case kind == "marker":
		return nil, nil
	}
	if _, ok := linkKinds[kind]; !ok {
		return nil, scenarios.WordError(kind, "cannot send %s; want marker, ack, data, eak, rst, slp or syn", kind)
	}
	return []string{"seq", "ack", "session", "bytes"}, nil
}

// checkFrame refuses what [Bench.Send] would not put on the wire as it stands.
// References count as right: what they stand for is known when they are sent.
func checkFrame(f scenarios.Pattern) error {
	if f.Who != phoneName && f.Who != headunitName {
		return scenarios.WordError(f.Who, "%q cannot send; want %s or %s", f.Who, phoneName, headunitName)
	}
	known, err := frameFields(f)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, m := range f.Fields {
		switch {
		case !slices.Contains(known, m.Key) && len(known) == 0:
			return scenarios.WordError(m.Key+"=", "a %s has no fields", f.KindText())
		case !slices.Contains(known, m.Key):
			return scenarios.WordError(m.Key+"=", "no field %q in this frame; there are %s", m.Key, strings.Join(known, ", "))
		case seen[m.Key]:
			return scenarios.WordError(m.Key+"=", "field %s stands here twice", m.Key)
		}
		seen[m.Key] = true
		if err := checkField(f, m); err != nil {
			return scenarios.WordError(m.Key+"=", "%v", err)
		}
	}
	if f.Layer == "raw" && !seen["bytes"] {
		return scenarios.WordError("bytes", "raw bytes needs bytes=HEX")
	}
	return nil
}

func checkField(f scenarios.Pattern, m scenarios.FieldMatch) error {
	if m.Any[0].Op == scenarios.Ref {
		return nil
	}
	if m.Key == "bytes" {
		data, err := payload(f)
		if err == nil && f.Layer == "raw" && len(data) == 0 {
			err = errors.New("bytes is empty: nothing would be sent")
		}
		return err
	}
	if n, ok := f.Num(m.Key); !ok || n < 0 || n > 255 {
		return fmt.Errorf("%s=%s: want a number from 0 to 255", m.Key, f.Get(m.Key))
	}
	return nil
}
