package installation

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
)

// stage is a step of an installation, as it is told to the host.
type stage struct {
	status  string
	percent int
}

// pace is how long a stage takes.
const pace = 50 * time.Millisecond

var installing = []stage{
	{"CreatingStagingDirectory", 5},
	{"ExtractingPackage", 15},
	{"InspectingPackage", 20},
	{"TakingInstallLock", 20},
	{"PreflightingApplication", 30},
	{"VerifyingApplication", 40},
	{"CreatingContainer", 50},
	{"InstallingApplication", 60},
	{"PostflightingApplication", 70},
	{"SandboxingApplication", 80},
	{"GeneratingApplicationMap", 90},
}

var uninstalling = []stage{
	{"RemovingApplication", 50},
	{"GeneratingApplicationMap", 90},
}

// A Teller tells the host of a stage.
type Teller func(status string, percent int) error

// through goes through stages, which takes its time.
func (tell Teller) through(p *state.State, stages []stage) error {
	for _, s := range stages {
		if err := tell(s.status, s.percent); err != nil {
			return err
		}
		p.World().Sleep(pace)
	}
	return nil
}

// tell is the Teller of this service.
func (p *proxy) tell(status string, percent int) error {
	return p.Send(map[string]any{"Status": status, "PercentComplete": percent})
}

// Stages at whose end the phone finds what is wrong with a package, as counts of
// stages. Sources: libimobiledevice/ideviceinstaller#109 and #166 (extraction),
// opa334/TrollStore#255 (version), libimobiledevice/ideviceinstaller#127
// (verification); that the others go the same way is inferred.
const (
	extracted = 2
	inspected = 3
	preflight = 5
	verified  = 6
)

// profile is a stage more, for an app that brings its provisioning profile.
var profile = stage{"InstallingEmbeddedProfile", 30}

func (p *proxy) install(c *command) error {
	path := c.text("PackagePath")
	if err := Install(p.Phone, path, p.tell); err != nil {
		return err
	}
	return p.complete(nil)
}

// Install installs the package at a path in the phone's media, an .ipa or a
// directory, and removes it. What is wrong with it comes as a [*Failure]; another
// error is the Teller's.
func Install(p *state.State, path string, tell Teller) error {
	if off, _ := p.Value("com.apple.mobile.restriction", "ProhibitAppInstall").(bool); off {
		return &Failure{Name: "InstallProhibited"}
	}
	if path == "" {
		return &Failure{Name: "MissingPackagePath", Description: "PackagePath is missing."}
	}
	if err := tell.through(p, installing[:extracted]); err != nil {
		return err
	}
	b, failure := open(p, path)
	if failure != nil {
		return failure
	}
	app, at, failure := inspect(p, b)
	if failure != nil {
		if err := tell.through(p, installing[extracted:at]); err != nil {
			return err
		}
		return failure
	}
	stages := installing[extracted:]
	if b.profile {
		stages = slices.Concat(installing[extracted:preflight], []stage{profile}, installing[preflight:])
	}
	if err := tell.through(p, stages); err != nil {
		return err
	}
	if !p.Apps.Install(*app) {
		return &Failure{Name: "APIInternalError", Description: "There is not enough space on the device."}
	}
	_ = files.RemoveAll(p.Media(), path) // it may be gone by now
	return nil
}

// uninstall: a phone completes it for an app that it does not have
// (libimobiledevice/ideviceinstaller#21).
func (p *proxy) uninstall(c *command) error {
	id := c.text("ApplicationIdentifier")
	app := p.Phone.Apps.Find(id)
	switch {
	case id == "":
		return &Failure{Name: "MissingBundleIdentifier", Description: "ApplicationIdentifier is missing."}
	case app != nil && app.System:
		return &Failure{Name: "UninstallProhibited", Description: "This app belongs to the system."}
	}
	if err := Teller(p.tell).through(p.Phone, uninstalling); err != nil {
		return err
	}
	p.Phone.Apps.Uninstall(id)
	return p.complete(nil)
}
