package phone

import (
	"io"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// An App is an app on the phone that talks to accessories.
type App struct {
	Bundle    string   `yaml:"bundle"`    // "com.baidu.carlife"
	Protocols []string `yaml:"protocols"` // External Accessory protocols it supports
	// Behaviour is what it does with a session: "carlife", "echo", "source",
	// "sink" or "duplex".
	Behaviour  string        `yaml:"behaviour"`
	Foreground bool          `yaml:"foreground"` // it is up already
	OpenAfter  time.Duration `yaml:"open-after"` // of carlife over usbmux: it is up only so long after the phone was switched on
	Bytes      int64         `yaml:"bytes"`      // of source, sink and duplex: how much
	Close      bool          `yaml:"close"`      // it closes the session when it has sent all
	CarLife    CarLife       `yaml:"carlife"`
}

// User is the person with the phone.
type User struct {
	Declines bool `yaml:"declines"` // says no when asked to launch an app
	Ignores  bool `yaml:"ignores"`  // does not answer a prompt
	Asked    bool `yaml:"asked"`    // is asked to launch an app whatever the accessory wants

	// What happens to a computer that asks lockdownd for trust.
	Trust       string        `yaml:"trust"`        // the user "accepts", "refuses" or "ignores" the dialog
	TrustAfter  time.Duration `yaml:"trust-after"`  // how long the user thinks
	Locked      bool          `yaml:"locked"`       // the phone has a passcode, and begins locked
	UnlockAfter time.Duration `yaml:"unlock-after"` // when its user unlocks it; 0: never
}

// launch is an app that has been asked for on this link: prompted for, starting,
// or up.
type launch struct {
	bundle string
	up     bool
}

// launch answers EA02. An app that is not there, and a user who says no, leave no
// message on the wire.
func (a *accessory) launch(d *control.Decoded) {
	bundle, ok := d.Text("BundleID")
	if !ok || bundle == "" {
		a.p.state("launch ignored", sim.Text("why", "no bundle id that can be read"))
		return
	}
	apps := a.p.p.Apps
	i := slices.IndexFunc(apps, func(app App) bool { return app.Bundle == bundle })
	if i < 0 {
		a.p.state("app missing", sim.Text("bundle", bundle))
		return
	}
	// A method that is absent, or that nobody has described, asks the user.
	if method, _ := d.Enum("LaunchMethod"); method == "without-alert" && !a.p.p.User.Asked {
		a.bringUp(&apps[i], 0)
		return
	}
	a.bringUp(&apps[i], a.p.p.Timing.Prompt)
}

// bringUp starts an app, after the user has agreed if there is a prompt, and has
// it open a session for each protocol that it and the accessory share. While
// one launch of an app is under way another changes nothing.
func (a *accessory) bringUp(app *App, prompt time.Duration) {
	l := a.launchOf(app.Bundle)
	switch {
	case l == nil:
		l = &launch{bundle: app.Bundle, up: app.Foreground}
		a.launches = append(a.launches, l)
	case !l.up:
		a.p.state("launch ignored", sim.Text("why", "one is under way"), sim.Text("bundle", app.Bundle))
		return
	}
	was := l.up
	l.up = false
	ups := a.s.Ups()
	a.w.Go(a.p.name+" "+app.Bundle, func() {
		if !was && prompt > 0 && !a.prompt(l, prompt) {
			return
		}
		if !was {
			a.p.sleep(a.p.p.Timing.Launch)
		}
		l.up = true
		if a.on(ups) {
			a.p.state("app up", sim.Text("bundle", app.Bundle))
			a.openAll(app, ups)
		}
	})
}

func (a *accessory) launchOf(bundle string) *launch {
	i := slices.IndexFunc(a.launches, func(l *launch) bool { return l.bundle == bundle })
	if i < 0 {
		return nil
	}
	return a.launches[i]
}

// prompt asks the user, and reports whether he agrees. One who does not react
// leaves the prompt standing, and no other comes up.
func (a *accessory) prompt(l *launch, d time.Duration) bool {
	user := a.p.p.User
	if user.Ignores {
		a.p.state("prompt ignored", sim.Text("bundle", l.bundle))
		return false
	}
	a.p.sleep(d)
	if user.Declines {
		a.p.state("launch declined", sim.Text("bundle", l.bundle))
		a.launches = slices.DeleteFunc(a.launches, func(o *launch) bool { return o == l })
		return false
	}
	return true
}

// runApp is the app's side of a session.
func (p *Phone) runApp(app *App, rw io.ReadWriteCloser) error {
	switch app.Behaviour {
	case "carlife":
		_, err := p.runCarLife(app, func(end *carlife.Phone, o session.CarLifeOptions) *session.CarLife {
			return session.NewCarLife(p.w, p.name+" CarLife", rw, end, o)
		})
		return err
	case "source":
		if err := session.Source(rw, app.Bytes); err != nil || app.Close {
			return err
		}
		_, err := session.Sink(rw, 0)
		return err
	case "sink":
		_, err := session.Sink(rw, app.Bytes)
		return err
	case "duplex":
		return session.Duplex(p.w, rw, app.Bytes)
	default:
		return session.Echo(rw)
	}
}
