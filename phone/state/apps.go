package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/sim"
)

// An App is an app on the phone.
type App struct {
	BundleID   string // "com.example.navigator"
	Name       string // CFBundleDisplayName; "" is the last part of the bundle id
	Executable string // "" is the name
	Version    string // CFBundleVersion; "" is "1"
	ShortName  string // CFBundleShortVersionString; "" is "1.0"
	System     bool
	MinimumOS  string // "" is "12.0"
	Sharing    bool   // UIFileSharingEnabled: hosts may see its documents
	Developer  bool   // signed for development: hosts may see all its files
	StaticSize uint64 // bytes of the app; 0 is 8 MiB
	DataSize   uint64 // bytes of its data
	Dock       bool
	// Info are further keys of its Info.plist.
	Info map[string]any

	uuid string // of its containers
}

type systemApp struct {
	ID         string `yaml:"id"`
	Name       string `yaml:"name"`
	Executable string `yaml:"executable"`
	Class      string `yaml:"class"`
	Since      string `yaml:"since"`
	Dock       bool   `yaml:"dock"`
}

func (l *Library) loadApps() error { return load("apps.yaml", &l.apps) }

// Apps are the apps on the phone.
type Apps struct {
	s      *State
	loaded bool
	list   []*App
	seq    int
}

// load puts the apps on the phone that are there from the beginning, when somebody
// needs them first: most of a thousand phones are never asked.
func (a *Apps) load() {
	if a.loaded {
		return
	}
	a.loaded = true
	s := a.s
	for _, app := range s.lib.apps {
		since := Version{}
		if app.Since != "" {
			since = MustVersion(app.Since)
		}
		if s.Version.Compare(since) < 0 || app.Class != "" && app.Class != s.Model.Class {
			continue
		}
		a.add(App{BundleID: app.ID, Name: app.Name, Executable: app.Executable, System: true, Dock: app.Dock, ShortName: s.Version.String()})
	}
	for _, app := range s.options.Apps {
		a.add(app)
	}
}

func (a *Apps) add(app App) *App {
	last := app.BundleID[strings.LastIndexByte(app.BundleID, '.')+1:]
	setDefault(&app.Name, last)
	setDefault(&app.Executable, app.Name)
	setDefault(&app.Version, "1")
	setDefault(&app.ShortName, "1.0")
	setDefault(&app.MinimumOS, "12.0")
	setDefault(&app.StaticSize, 8<<20)
	a.seq++
	if app.uuid == "" {
		app.uuid = UUID(a.s.Identity.Bytes(fmt.Sprint("app ", app.BundleID, a.seq), 16))
	}
	a.list = append(a.list, &app)
	return &app
}

// All returns the apps in the order of their installation, those of the system
// first.
func (a *Apps) All() []*App {
	a.load()
	return slices.Clone(a.list)
}

// Find returns an app, nil if it is not installed.
func (a *Apps) Find(bundleID string) *App {
	a.load()
	i := slices.IndexFunc(a.list, func(o *App) bool { return o.BundleID == bundleID })
	if i < 0 {
		return nil
	}
	return a.list[i]
}

// maxApps bounds how many apps there may be.
const maxApps = 4096

// Install installs an app, or updates one of the same bundle id, whose data stay. It
// reports false if the phone has no room for it.
func (a *Apps) Install(app App) bool {
	setDefault(&app.StaticSize, 8<<20)
	old := a.Find(app.BundleID)
	app.uuid = ""
	if old != nil {
		app.uuid, app.DataSize = old.uuid, old.DataSize // its data stay
		a.s.Give(old.StaticSize)
	}
	if len(a.list) >= maxApps || !a.s.Take(app.StaticSize) {
		if old != nil {
			a.s.Take(old.StaticSize)
		}
		return false
	}
	a.list = slices.DeleteFunc(a.list, func(o *App) bool { return o == old })
	a.add(app)
	a.s.emit("app installed", sim.Text("app", app.BundleID))
	a.s.Notifications.Post(ApplicationInstalled)
	return true
}

// Uninstall removes an app and reports whether there was one that may be removed:
// apps of the system may not.
func (a *Apps) Uninstall(bundleID string) bool {
	app := a.Find(bundleID)
	if app == nil || app.System {
		return false
	}
	a.s.Give(app.StaticSize + app.DataSize)
	a.s.removeContainer(app)
	a.list = slices.DeleteFunc(a.list, func(o *App) bool { return o == app })
	a.s.emit("app removed", sim.Text("app", bundleID))
	a.s.Notifications.Post(ApplicationRemoved)
	return true
}

// Type returns "System" or "User".
func (a *App) Type() string {
	if a.System {
		return "System"
	}
	return "User"
}

// Path returns where the app's bundle lies on the phone.
func (a *App) Path() string {
	if a.System {
		return "/Applications/" + a.Executable + ".app"
	}
	return "/private/var/containers/Bundle/Application/" + a.uuid + "/" + a.Executable + ".app"
}

// Container returns where its data lie; a host asks for it before it debugs an app.
func (a *App) Container() string {
	return "/private/var/mobile/Containers/Data/Application/" + a.uuid
}

// Entry returns the app as installation_proxy lists it.
func (a *App) Entry() map[string]any {
	out := map[string]any{}
	for key, v := range a.Info { // each by itself: the order is of no matter
		out[key] = v
	}
	for key, v := range map[string]any{
		"ApplicationType":            a.Type(),
		"CFBundleDisplayName":        a.Name,
		"CFBundleExecutable":         a.Executable,
		"CFBundleIdentifier":         a.BundleID,
		"CFBundleName":               a.Name,
		"CFBundleShortVersionString": a.ShortName,
		"CFBundleVersion":            a.Version,
		"DynamicDiskUsage":           a.DataSize,
		"MinimumOSVersion":           a.MinimumOS,
		"Path":                       a.Path(),
		"StaticDiskUsage":            a.StaticSize,
		"UIFileSharingEnabled":       a.Sharing,
	} {
		out[key] = v
	}
	if !a.System {
		out["Container"] = a.Container()
		out["Entitlements"] = a.entitlements()
		out["SignerIdentity"] = "Plugfest Test Signing"
		out["EnvironmentVariables"] = map[string]any{"HOME": a.Container(), "TMPDIR": a.Container() + "/tmp"}
	}
	return out
}

func (a *App) entitlements() map[string]any {
	return map[string]any{
		"application-identifier": "PLUGFEST00." + a.BundleID,
		"get-task-allow":         a.Developer,
	}
}

// UUID writes 16 bytes as an upper-case UUID of version 4.
func UUID(b []byte) string {
	b = append([]byte(nil), b[:16]...)
	b[6] = b[6]&0x0F | 0x40
	b[8] = b[8]&0x3F | 0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
