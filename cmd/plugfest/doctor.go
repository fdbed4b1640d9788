package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/hil/doctor"
	"github.com/plugfest/plugfest/scenarios"
)

type doctorCmd struct {
	Need []string `placeholder:"NAME,..." help:"Exit with 1 unless this machine can do all of these."`
	JSON bool     `help:"Print everything as JSON."`
}

// Help is shown below the flags.
func (doctorCmd) Help() string {
	return `What this machine can do, and the command to get what is missing. Nothing is changed.

Examples:

    plugfest doctor
    plugfest doctor --need lab,usbip
    plugfest doctor --json

What can be needed: ` + strings.Join(doctor.Names(), ", ") + `.
`
}

// Run examines this machine.
func (c *doctorCmd) Run(a *app) error {
	for _, name := range c.Need {
		if !slices.Contains(doctor.Names(), name) {
			return usageError{fmt.Errorf("--need %s: there is no such capability; there are %s", name, strings.Join(doctor.Names(), ", "))}
		}
	}
	return c.report(a, doctor.Examine(doctor.Host()))
}

// report prints what was found.
func (c *doctorCmd) report(a *app, list []doctor.Capability) error {
	if c.JSON {
		out := json.NewEncoder(a.out)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		if err := out.Encode(list); err != nil {
			return err
		}
	} else {
		a.printDoctor(list)
	}
	var lacking []string
	for _, x := range list {
		if slices.Contains(c.Need, x.Name) && x.Status != doctor.OK {
			lacking = append(lacking, x.Name)
		}
	}
	if len(lacking) > 0 {
		fmt.Fprintf(a.err, "plugfest: this machine cannot do %s\n", strings.Join(lacking, ", "))
		return exitCode(scenarios.ExitFailed)
	}
	return nil
}

// printDoctor prints a line for each capability and for each thing that it takes,
// with the command below where that is missing.
func (a *app) printDoctor(list []doctor.Capability) {
	for i, c := range list {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintf(a.out, "%s  %s\n", a.paintStatus(c.Status, fmt.Sprintf("%-13s", c.Status)), c.Name+": "+c.Title)
		for _, f := range c.Findings {
			line := f.What
			if f.Detail != "" {
				line += ": " + f.Detail
			}
			if f.Optional && f.Status != doctor.OK {
				line += " (not needed)"
			}
			fmt.Fprintf(a.out, "    %-13s  %s\n", f.Status, line)
			if f.Fix != "" {
				fmt.Fprintf(a.out, "    %-13s    %s\n", "", f.Fix)
			}
		}
	}
}

// paintStatus colours a text.
func (a *app) paintStatus(s doctor.Status, text string) string {
	switch {
	case !a.colour:
		return text
	case s == doctor.OK:
		return green + text + reset
	case s == doctor.Denied:
		return yellow + text + reset
	}
	return red + text + reset
}
