package bench

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/scenarios"
)

// hostSenders are the endpoints that events name, beside the programs.
var hostSenders = []string{phoneName, hostName, "cable", "*"}

var programForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// checkHost looks over a scenario with a usbmuxd.
func checkHost(s *scenarios.Scenario, setup scenarios.Setup) error {
	_, phoneErr := readPhone(setup.Phone)
	_, hostErr := readHost(setup.Host)
	_, cableErr := readCable(setup.Cable, hostName)
	var otherErr error
	if !setup.Headunit.IsZero() || !setup.Chip.IsZero() {
		otherErr = setup.Host.Invalid(errors.New("a host stands in place of the head unit and its chip: there is nothing to set of these"))
	}
	known := append(s.Endpoints(), hostSenders...)
	look := s.Look(func(step scenarios.Step) error {
		switch step := step.(type) {
		case scenarios.Do:
			return checkHostAction(step.Action, step.Args)
		case scenarios.Send:
			return checkHostFrame(step.Frame)
		}
		return nil
	}, func(p *scenarios.Pattern) error {
		if strings.HasPrefix(p.Layer, "x.") || slices.Contains(known, p.Who) {
			return nil
		}
		return scenarios.WordError(p.Who, "no endpoint %q; there are %s, and the programs that the script names", p.Who, strings.Join(hostSenders, ", "))
	})
	return errors.Join(phoneErr, hostErr, cableErr, otherErr, look)
}

func checkHostAction(action string, args []string) error {
	if slices.Contains(actions, action) {
		return checkAction(action, args)
	}
	a, ok := hostActions[action]
	if !ok {
		return scenarios.WordError(action, "no action %q; there are %s", action,
			strings.Join(append(slices.Clone(actions), slices.Sorted(maps.Keys(hostActions))...), ", "))
	}
	if len(args) == 0 {
		return scenarios.WordError(action, "%s needs the name of a program", action)
	}
	if err := checkProgram(args[0]); err != nil {
		return err
	}
	_, err := parseArguments(a, args[1:])
	return err
}

func checkProgram(name string) error {
	if !programForm.MatchString(name) || slices.Contains(hostSenders, name) {
		return scenarios.WordError(name, "%q is no name for a program; want a word of a-z, 0-9 and - other than %s", name, strings.Join(hostSenders, ", "))
	}
	return nil
}

// parseArguments reads NAME=VALUE words, and at most one plain word.
func parseArguments(a hostAction, words []string) (arguments, error) {
	got := arguments{}
	for _, word := range words {
		name, value, named := strings.Cut(word, "=")
		if !named {
			name, value = "", word
		}
		i := slices.IndexFunc(a.args, func(p parameter) bool { return p.name == name })
		if i < 0 {
			return nil, scenarios.WordError(word, "%q: want %s", word, usage(a))
		}
		if _, twice := got[name]; twice {
			return nil, scenarios.WordError(word, "%q: one too many; want %s", word, usage(a))
		}
		if err := a.args[i].check(value); err != nil {
			return nil, scenarios.WordError(word, "%q: %v", word, err)
		}
		got[name] = value
	}
	for _, p := range a.args {
		if _, there := got[p.name]; p.required && !there {
			return nil, scenarios.WordError("", "want %s", usage(a))
		}
	}
	return got, nil
}

// usage shows what an action takes.
func usage(a hostAction) string {
	words := []string{"NAME"}
	for _, p := range a.args {
		word := p.name + "=..."
		if p.name == "" {
			word = "..."
		}
		if !p.required {
			word = "[" + word + "]"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// checkHostFrame refuses what [hostBench.Send] would not put on the wire.
func checkHostFrame(f scenarios.Pattern) error {
	switch {
	case f.Layer != "raw":
		return scenarios.WordError(f.Layer, "cannot send on layer %s; want raw", f.Layer)
	case f.KindText() != "bytes":
		return scenarios.WordError(f.KindText(), "cannot send %s on layer raw; want bytes", f.KindText())
	case len(f.Fields) != 1 || f.Fields[0].Key != "bytes":
		return scenarios.WordError("bytes", "raw bytes needs bytes=HEX and nothing else")
	case f.Who == hostName:
		return scenarios.WordError(f.Who, "%q cannot send; want %s or a program", f.Who, phoneName)
	case f.Who != phoneName:
		if err := checkProgram(f.Who); err != nil {
			return err
		}
	}
	return checkField(f, f.Fields[0])
}
