package headunit

import (
	"time"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Launch is the app that the head unit asks for.
type Launch struct {
	Bundle string        `yaml:"bundle"` // empty: none
	Ask    bool          `yaml:"ask"`    // the phone asks its user; else no alert
	Retry  time.Duration `yaml:"retry"`  // asks again while no session opens; 0: once
	Times  int           `yaml:"times"`
}

// launch asks for the app with EA02, and again while no session opens if the
// model says so (JoeyEamigh/bridgething: up to six times, 10 s apart).
func (a *accessory) launch() error {
	l := a.h.m.Launch
	if l.Bundle == "" {
		return nil
	}
	a.launches++
	if l.Retry > 0 && a.launches < max(l.Times, 1) {
		a.launching.Set(a.w.Now() + l.Retry)
	}
	method := "without-alert"
	if l.Ask {
		method = "ask"
	}
	return a.send("RequestAppLaunch", control.F("BundleID", l.Bundle), control.F("LaunchMethod", method))
}

// relaunch runs between processes.
func (a *accessory) relaunch() {
	if a.begun && a.sessions == 0 {
		a.w.Go(a.h.name+" launch", func() { a.launch() })
	}
}
