package installation

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

// maxInfo bounds the size of an Info.plist.
const maxInfo = 1 << 20

// maxKept is how large an Info.plist may be whose keys are all listed later.
const maxKept = 32 << 10

// maxID bounds the length of a bundle id.
const maxID = 255

// bundle is what a package holds.
type bundle struct {
	name    string // "Demo.app"
	info    []byte // its Info.plist
	size    uint64 // of all it holds
	profile bool   // there is an embedded.mobileprovision
}

// Inspect returns the app that a package holds, or a [*Failure].
func Inspect(p *state.State, name string) (*state.App, error) {
	b, f := open(p, name)
	if f != nil {
		return nil, f
	}
	app, _, f := inspect(p, b)
	if f != nil {
		return nil, f
	}
	return app, nil
}

// open looks into a package, as far as to find the app. A package that does not fit
// on the phone cannot be extracted (alibaba/tidevice#135).
func open(p *state.State, name string) (*bundle, *Failure) {
	info, err := p.Media().Lstat(name)
	if err != nil {
		return nil, &Failure{Name: "PackageInspectionFailed", Description: "There is no package at " + name + "."}
	}
	b := &bundle{}
	if info.Kind == files.Directory {
		err = b.directory(p.Media(), name)
	} else if err = b.archive(p.Media(), name); err == nil && b.size > p.Free() {
		err = fmt.Errorf("%d bytes of content, and %d free on the phone", b.size, p.Free())
	}
	if err != nil {
		return nil, &Failure{Name: "PackageExtractionFailed", Description: "Could not extract archive", Reason: err.Error()}
	}
	return b, nil
}

// inspect makes an app of what the package holds, or says at which stage the phone
// finds what is wrong with it.
func inspect(p *state.State, b *bundle) (app *state.App, at int, f *Failure) {
	dict, err := plist.DecodeDict(b.info, plist.Limits{Size: maxInfo})
	if err != nil {
		return nil, inspected, &Failure{Name: "PackageInspectionFailed", Description: "Failed to load Info.plist from bundle", Reason: err.Error()}
	}
	app = read(dict)
	app.StaticSize = b.size
	if len(b.info) > maxKept {
		app.Info = nil
	}
	at, f = suits(p, b, app, dict)
	return app, at, f
}

// read makes an app of an Info.plist.
func read(info map[string]any) *state.App {
	text := func(key string) string {
		s, _ := info[key].(string)
		return s
	}
	app := &state.App{
		BundleID: text("CFBundleIdentifier"), Name: text("CFBundleDisplayName"), Executable: text("CFBundleExecutable"),
		Version: text("CFBundleVersion"), ShortName: text("CFBundleShortVersionString"), MinimumOS: text("MinimumOSVersion"),
		Info: info, Developer: true,
	}
	if app.Name == "" {
		app.Name = text("CFBundleName")
	}
	app.Sharing, _ = info["UIFileSharingEnabled"].(bool)
	return app
}

// suits reports why an app does not run on the phone, and at which stage.
func suits(p *state.State, b *bundle, app *state.App, info map[string]any) (at int, f *Failure) {
	if app.BundleID == "" || len(app.BundleID) > maxID {
		return inspected, &Failure{Name: "MissingBundleIdentifier", Description: "Info.plist has no CFBundleIdentifier, or too long a one."}
	}
	if v, err := state.ParseVersion(app.MinimumOS); err == nil && v.Compare(p.Version) > 0 {
		return preflight, &Failure{Name: "DeviceOSVersionTooLow", Description: fmt.Sprintf(
			"The system version is lower than the minimum OS version specified for bundle at %s. Have %s; need %s", staging(p, b), p.Version, app.MinimumOS)}
	}
	mine := uint64(1)
	if p.Model.Class == "iPad" {
		mine = 2
	}
	// An iPad runs apps for iPhones, too.
	if list, ok := info["UIDeviceFamily"].([]any); ok && !slices.Contains(list, any(mine)) && !slices.Contains(list, any(uint64(1))) {
		return preflight, &Failure{Name: "DeviceFamilyNotSupported", Description: "The app is not for this kind of device."}
	}
	if old := p.Apps.Find(app.BundleID); old != nil && old.System {
		return verified, &Failure{Name: "ApplicationVerificationFailed", Description: "An app of the system has that identifier."}
	}
	return 0, nil
}

// staging is where a phone extracts a package.
func staging(p *state.State, b *bundle) string {
	return fmt.Sprintf("/var/installd/Library/Caches/com.apple.mobile.installd.staging/temp.%.6x/extracted/Payload/%s", p.Identity.Bytes("staging "+b.name, 3), b.name)
}

// archive looks into an .ipa.
func (b *bundle) archive(t files.Tree, name string) error {
	f, err := t.Open(name, files.Read)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// A reader of archives takes memory in proportion to the size of the file, so it
	// must not be one that is mostly holes.
	if info.Size > info.Blocks*512 {
		return fmt.Errorf("the package has holes: %d bytes, %d of them written", info.Size, info.Blocks*512)
	}
	z, err := zip.NewReader(f, info.Size)
	if err != nil {
		return fmt.Errorf("the package is no archive: %w", err)
	}
	for _, e := range z.File {
		b.size += min(e.UncompressedSize64, math.MaxInt64-b.size)
		if m, _ := path.Match("Payload/*.app/Info.plist", e.Name); m && b.info == nil {
			if b.info, err = extract(e); err != nil {
				return fmt.Errorf("%s: %w", e.Name, err)
			}
			b.name = path.Base(path.Dir(e.Name))
		} else if m, _ := path.Match("Payload/*.app/"+embedded, e.Name); m {
			b.profile = true
		}
	}
	if b.info == nil {
		return fmt.Errorf("the package has no Payload/*.app/Info.plist")
	}
	return nil
}

// embedded is the provisioning profile of an app.
const embedded = "embedded.mobileprovision"

func extract(e *zip.File) ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxInfo+1))
	if err == nil && len(data) > maxInfo {
		err = fmt.Errorf("more than %d bytes", maxInfo)
	}
	return data, err
}

// directory looks into a package that was sent file by file: an .app directory, or
// one that holds Payload. An app may hold others, which lie deeper.
func (b *bundle) directory(t files.Tree, name string) error {
	best := ""
	err := files.Walk(t, name, func(at string, i files.Info) error {
		b.size += uint64(i.Blocks) * 512
		if path.Base(at) != "Info.plist" || !strings.HasSuffix(path.Dir(at), ".app") {
			return nil
		}
		if best == "" || strings.Count(at, "/") < strings.Count(best, "/") {
			best = at
		}
		return nil
	})
	if err != nil {
		return err
	}
	if best == "" {
		return fmt.Errorf("the package has no .app with an Info.plist")
	}
	i, err := t.Lstat(best)
	if err != nil {
		return err
	}
	if i.Size > maxInfo {
		return fmt.Errorf("%s: more than %d bytes", best, maxInfo)
	}
	b.name = path.Base(path.Dir(best))
	_, err = t.Lstat(path.Join(path.Dir(best), embedded))
	b.profile = err == nil
	b.info, err = files.ReadFile(t, best)
	return err
}
