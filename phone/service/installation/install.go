package installation

import (
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
	{"TakingInstallLock", 10},
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

// inspected is how many stages an installation goes through before the phone says
// what is wrong with the package.
const inspected = 3

func (p *proxy) install(c *command) error {
	if off, _ := p.Phone.Value("com.apple.mobile.restriction", "ProhibitAppInstall").(bool); off {
		return &Failure{"InstallProhibited", "Installing apps is not allowed on this device."}
	}
	path := c.text("PackagePath")
	if path == "" {
		return &Failure{"MissingPackagePath", "PackagePath is missing."}
	}
	if err := p.tell(installing[:inspected]); err != nil {
		return err
	}
	app, err := Inspect(p.Phone, path)
	if err != nil {
		return err
	}
	if err := p.tell(installing[inspected:]); err != nil {
		return err
	}
	if !p.Phone.Apps.Install(*app) {
		return &Failure{"APIInternalError", "There is not enough space on the device."}
	}
	_ = files.RemoveAll(p.Phone.Media(), path) // it may be gone by now
	return p.complete(nil)
}

func (p *proxy) uninstall(c *command) error {
	id := c.text("ApplicationIdentifier")
	app := p.Phone.Apps.Find(id)
	switch {
	case id == "":
		return &Failure{"MissingBundleIdentifier", "ApplicationIdentifier is missing."}
	case app == nil:
		return &Failure{"APIInternalError", "There is no app of that identifier."}
	case app.System:
		return &Failure{"UninstallProhibited", "This app belongs to the system."}
	}
	if err := p.tell(uninstalling); err != nil {
		return err
	}
	p.Phone.Apps.Uninstall(id)
	return p.complete(nil)
}
