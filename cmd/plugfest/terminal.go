package main

import (
	"io"
	"os"

	"github.com/plugfest/plugfest/scenarios"
)

// wantsColour reports whether w is a terminal whose user has not said no. See
// https://no-color.org.
func wantsColour(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

// paint colours a text by verdict.
func (a *app) paint(v scenarios.Verdict, text string) string {
	if !a.colour {
		return text
	}
	switch v {
	case scenarios.Pass:
		return green + text + reset
	case scenarios.Fail, scenarios.Invalid, scenarios.Broken:
		return red + text + reset
	}
	return yellow + text + reset
}
