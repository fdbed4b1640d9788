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

// Inspect returns the app that a package holds, or a [*Failure].
func Inspect(p *state.State, name string) (*state.App, error) {
	info, err := p.Media().Lstat(name)
	if err != nil {
		return nil, &Failure{"PackageInspectionFailed", "There is no package at " + name + "."}
	}
	var data []byte
	var size uint64
	if info.Kind == files.Directory {
		data, size, err = directory(p.Media(), name)
	} else {
		data, size, err = archive(p.Media(), name)
	}
	if err != nil {
		return nil, &Failure{"PackageExtractionFailed", err.Error()}
	}
	dict, err := plist.DecodeDict(data, plist.Limits{Size: maxInfo})
	if err != nil {
		return nil, &Failure{"PackageInspectionFailed", "Info.plist: " + err.Error()}
	}
	app := read(dict)
	app.StaticSize = size
	if len(data) > maxKept {
		app.Info = nil
	}
	return app, suits(p, app, dict)
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

// suits reports why an app does not run on the phone.
func suits(p *state.State, app *state.App, info map[string]any) error {
	if app.BundleID == "" || len(app.BundleID) > maxID {
		return &Failure{"MissingBundleIdentifier", "Info.plist has no CFBundleIdentifier, or too long a one."}
	}
	if old := p.Apps.Find(app.BundleID); old != nil && old.System {
		return &Failure{"ApplicationVerificationFailed", "An app of the system has that identifier."}
	}
	if v, err := state.ParseVersion(app.MinimumOS); err == nil && v.Compare(p.Version) > 0 {
		return &Failure{"DeviceOSVersionTooLow", fmt.Sprintf("The app needs iOS %s, the device has %s.", v, p.Version)}
	}
	mine := uint64(1)
	if p.Model.Class == "iPad" {
		mine = 2
	}
	// An iPad runs apps for iPhones, too.
	if list, ok := info["UIDeviceFamily"].([]any); ok && !slices.Contains(list, any(mine)) && !slices.Contains(list, any(uint64(1))) {
		return &Failure{"DeviceFamilyNotSupported", "The app is not for this kind of device."}
	}
	return nil
}

// archive returns the Info.plist of an .ipa, and how large its content is.
func archive(t files.Tree, name string) (data []byte, size uint64, err error) {
	f, err := t.Open(name, files.Read)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	// A reader of archives takes memory in proportion to the size of the file, so it
	// must not be one that is mostly holes.
	if info.Size > info.Blocks*512 {
		return nil, 0, fmt.Errorf("the package has holes: %d bytes, %d of them written", info.Size, info.Blocks*512)
	}
	z, err := zip.NewReader(f, info.Size)
	if err != nil {
		return nil, 0, fmt.Errorf("the package is no archive: %w", err)
	}
	for _, e := range z.File {
		size += min(e.UncompressedSize64, math.MaxInt64-size)
		if m, _ := path.Match("Payload/*.app/Info.plist", e.Name); m && data == nil {
			if data, err = extract(e); err != nil {
				return nil, 0, fmt.Errorf("%s: %w", e.Name, err)
			}
		}
	}
	if data == nil {
		return nil, 0, fmt.Errorf("the package has no Payload/*.app/Info.plist")
	}
	return data, size, nil
}

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

// directory returns the Info.plist of a package that was sent file by file: an .app
// directory, or one that holds Payload. An app may hold others, which lie deeper.
func directory(t files.Tree, name string) (data []byte, size uint64, err error) {
	best := ""
	err = files.Walk(t, name, func(at string, i files.Info) error {
		size += uint64(i.Blocks) * 512
		if path.Base(at) != "Info.plist" || !strings.HasSuffix(path.Dir(at), ".app") {
			return nil
		}
		if best == "" || strings.Count(at, "/") < strings.Count(best, "/") {
			best = at
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	if best == "" {
		return nil, 0, fmt.Errorf("the package has no .app with an Info.plist")
	}
	i, err := t.Lstat(best)
	if err != nil {
		return nil, 0, err
	}
	if i.Size > maxInfo {
		return nil, 0, fmt.Errorf("%s: more than %d bytes", best, maxInfo)
	}
	data, err = files.ReadFile(t, best)
	return data, size, err
}
