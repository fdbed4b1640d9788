package state

import (
	"errors"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/sim"
)

// Directories of the phone's storage. Each service sees one of them as its root.
const (
	mediaDir     = "Media"      // /var/mobile/Media
	crashDir     = "Crashes"    // /var/mobile/Library/Logs/CrashReporter
	newCrashDir  = "NewCrashes" // reports that were not moved there yet
	containerDir = "Containers" // /var/mobile/Containers/Data/Application
)

// storage returns the phone's storage. It is made when somebody needs it first:
// most of a thousand phones never do.
func (s *State) storage() *files.Memory {
	if s.disk != nil {
		return s.disk
	}
	s.disk = files.NewMemory(files.Options{Now: s.Time, Total: int64(s.options.Capacity), Free: int64(s.options.Capacity)})
	for _, dir := range []string{mediaDir, crashDir, newCrashDir, containerDir} {
		must(s.disk.Mkdir(dir))
	}
	if s.options.Media == nil {
		must(files.Media().Build(s.sub(mediaDir)))
	}
	s.layCrashes()
	s.disk.SetFree(int64(s.options.Free)) // what is there at the beginning is part of what is not free
	return s.disk
}

func (s *State) sub(dir string) files.Tree {
	t, err := s.storage().Sub(dir)
	must(err)
	return t
}

// must is for what cannot fail in a tree of our own.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Media returns what com.apple.afc shows: /var/mobile/Media.
func (s *State) Media() files.Tree {
	if s.options.Media != nil {
		return s.options.Media
	}
	return s.sub(mediaDir)
}

// Container returns the data of an app, as house_arrest shows it: Documents,
// Library and tmp.
func (s *State) Container(app *App) files.Tree {
	dir := containerDir + "/" + app.uuid
	for _, d := range []string{"/Documents", "/Library/Caches", "/Library/Preferences", "/tmp"} {
		must(files.MkdirAll(s.storage(), dir+d))
	}
	return s.sub(dir)
}

func (s *State) removeContainer(app *App) {
	if s.disk == nil {
		return
	}
	if err := files.RemoveAll(s.disk, containerDir+"/"+app.uuid); err != nil && !errors.Is(err, files.ErrNotExist) {
		s.emit("container stays", sim.Text("app", app.BundleID), sim.Text("why", err.Error()))
	}
}

// Capacity returns the size of the storage in bytes.
func (s *State) Capacity() uint64 { return s.options.Capacity }

// Free returns how many bytes of storage are free.
func (s *State) Free() uint64 {
	if s.disk == nil {
		return s.options.Free
	}
	return uint64(s.disk.Space().Free)
}

// SetFree sets how many bytes are free: a test fills the phone with SetFree(0).
func (s *State) SetFree(n uint64) {
	s.setFree(n)
	s.Notifications.Post(DiskUsageChanged)
}

func (s *State) setFree(n uint64) {
	s.options.Free = min(n, s.options.Capacity-s.systemSize())
	if s.disk != nil {
		s.disk.SetFree(int64(s.options.Free))
	}
	if f, ok := s.options.Media.(files.Filler); ok {
		f.SetFree(int64(s.options.Free))
	}
}

// Take takes n bytes of storage and reports whether there were so many.
func (s *State) Take(n uint64) bool {
	if n > s.Free() {
		return false
	}
	s.setFree(s.Free() - n)
	return true
}

// Give gives back n bytes of storage.
func (s *State) Give(n uint64) { s.setFree(s.Free() + n) }
