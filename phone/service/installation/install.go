package installation

import (
	"slices"
	"time"

	"github.com/plugfest/plugfest/phone/files"
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

// tell goes through stages.
func (p *proxy) tell(stages []stage) error {
	for _, s := range stages {
		if err := p.Send(map[string]any{"Status": s.status, "PercentComplete": s.percent}); err != nil {
			return err
		}
		p.World.Sleep(pace)
	}
	return nil
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
	if off, _ := p.Phone.Value("com.apple.mobile.restriction", "ProhibitAppInstall").(bool); off {
		return &Failure{Name: "InstallProhibited"}
	}
	path := c.text("PackagePath")
	if path == "" {
		return &Failure{Name: "MissingPackagePath", Description: "PackagePath is missing."}
	}
	if err := p.tell(installing[:extracted]); err != nil {
		return err
	}
	b, failure := open(p.Phone, path)
	if failure != nil {
		return p.fail(extracted, failure)
	}
	app, at, failure := inspect(p.Phone, b)
	if failure != nil {
		return p.fail(at, failure)
	}
	stages := installing[extracted:]
	if b.profile {
		stages = slices.Concat(installing[extracted:preflight], []stage{profile}, installing[preflight:])
	}
	if err := p.tell(stages); err != nil {
		return err
	}
	if !p.Phone.Apps.Install(*app) {
		return &Failure{Name: "APIInternalError", Description: "There is not enough space on the device."}
	}
	_ = files.RemoveAll(p.Phone.Media(), path) // it may be gone by now
	return p.complete(nil)
}

// fail goes through the stages up to one, and then fails.
func (p *proxy) fail(at int, f *Failure) error {
	if err := p.tell(installing[extracted:at]); err != nil {
		return err
	}
	return f
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
	if err := p.tell(uninstalling); err != nil {
		return err
	}
	p.Phone.Apps.Uninstall(id)
	return p.complete(nil)
}
