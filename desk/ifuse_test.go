package desk_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// ifuse shows the phone's files in the file system of the computer. What uses them
// there are programs of their own, which can be killed where a file system hangs.

// mountable skips a test on machines that do not let ifuse mount.
func mountable(t *testing.T) {
	t.Helper()
	need(t, "ifuse")
	if _, err := exec.LookPath("fusermount"); err != nil {
		t.Skip("no fusermount: apt-get install fuse")
	}
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no file systems of one's own here: %v", err)
	}
	require.NoError(t, f.Close())
}

// mount mounts the phone, until unmount or the end of the test.
func mount(t *testing.T, d *desk.Running, args ...string) (dir string) {
	t.Helper()
	mountable(t)
	dir = t.TempDir()
	t.Cleanup(func() {
		if mounted(t, dir) {
			_ = exec.Command("fusermount", "-uz", dir).Run()
		}
	})
	got, err := tool(t, d, "ifuse", append([]string{dir}, args...)...)
	if err != nil && (strings.Contains(got, "fusermount:") || strings.Contains(got, "fuse: ")) {
		t.Skipf("ifuse may not mount here: %s", got)
	}
	require.NoError(t, err, got)
	require.Empty(t, got)
	require.True(t, mounted(t, dir))
	return dir
}

func mounted(t *testing.T, dir string) bool {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	return strings.Contains(string(mounts), "ifuse "+dir+" fuse.ifuse ")
}

// unmount takes away a mount that nobody uses any more.
func unmount(t *testing.T, d *desk.Running, dir string) {
	t.Helper()
	out, err := run(t, d, "fusermount", "-u", dir)
	require.NoError(t, err, out)
	require.False(t, mounted(t, dir))
}

// copies has cp -r do something, which must work without a word.
func copies(t *testing.T, d *desk.Running, from, to string) {
	t.Helper()
	out, err := run(t, d, "cp", "-r", "--preserve=timestamps", from, to)
	require.NoError(t, err, out)
	require.Empty(t, out)
}

// A file as two trees are compared by.
type entry struct {
	hash  string // of a file's content; "" for a directory
	mtime int64  // seconds, which is what ifuse has
}

// tree hashes all files below a directory.
func tree(t *testing.T, root string) map[string]entry {
	t.Helper()
	all := map[string]entry{}
	require.NoError(t, filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		it := entry{mtime: info.ModTime().Unix()}
		if e.Type().IsRegular() {
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			it.hash = fmt.Sprintf("%x", sha256.Sum256(b))
		}
		all[rel] = it
		return nil
	}))
	return all
}

// grow makes a tree of n files of many sizes, in directories in directories.
func grow(t *testing.T, n int) (root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "tree")
	random := rand.New(rand.NewPCG(1, 2))
	fill := rand.NewChaCha8([32]byte{7})
	sizes := []int{0, 1, 511, 512, 4096, 4097, 16384, 40000}
	for i := range n {
		dir := filepath.Join(root, fmt.Sprintf("d%d", i%10), fmt.Sprintf("é %d", i%50))
		require.NoError(t, os.MkdirAll(dir, 0o755))
		b := make([]byte, sizes[random.IntN(len(sizes))]+random.IntN(2)*random.IntN(300))
		_, _ = fill.Read(b)
		name := filepath.Join(dir, fmt.Sprintf("file %d ü.bin", i))
		require.NoError(t, os.WriteFile(name, b, 0o600))
		at := time.Unix(1000000000+int64(random.IntN(600000000)), 0)
		require.NoError(t, os.Chtimes(name, at, at))
	}
	return root
}

// Two thousand files go into the phone and come out again, unchanged, with their
// times.
func TestIfuseTree(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := mount(t, d)
	const n = 2000
	from := grow(t, n)
	want := tree(t, from)
	require.Greater(t, len(want), n+60, "and directories")
	copies(t, d, from, dir)

	// The phone has them.
	require.NoError(t, d.Do(func(d *desk.Desk) {
		seen := 0
		require.NoError(t, files.Walk(d.State.Media(), "tree", func(name string, info files.Info) error {
			if info.Kind != files.Regular {
				return nil
			}
			seen++
			b, err := files.ReadFile(d.State.Media(), name)
			require.NoError(t, err)
			w := want[strings.TrimPrefix(name, "tree/")]
			require.Equal(t, w, entry{fmt.Sprintf("%x", sha256.Sum256(b)), info.ModTime.Unix()}, name)
			return nil
		}))
		require.Equal(t, n, seen)
	}))

	back := filepath.Join(t.TempDir(), "back")
	copies(t, d, filepath.Join(dir, "tree"), back)
	require.Equal(t, want, tree(t, back))
	out, err := run(t, d, "rm", "-r", filepath.Join(dir, "tree"))
	require.NoError(t, err, out)
	unmount(t, d, dir)
	require.NoError(t, d.Do(func(d *desk.Desk) {
		_, err := d.State.Media().Lstat("tree")
		require.ErrorIs(t, err, files.ErrNotExist)
	}))
}

// What programs do to files beside copying them: rename, truncate, append, link, and
// ask for space.
func TestIfuseFiles(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := mount(t, d)
	script := `set -e; cd "$1"
printf hello > a; printf ' world' >> a; mv a b; cat b; echo
truncate -s 3 b; cat b; echo
mkdir -p x/y/z; ln -s b l; readlink l; cat l; echo
touch -d @1234567890 b; stat -c '%Y %s' b
rm b l; rmdir x/y/z x/y x; ls -d x b 2>&1 || true
rmdir DCIM 2>&1 || true; cat none 2>&1 || true
df -B1 --output=size,avail . | tail -1`
	got, err := run(t, d, "sh", "-c", script, "sh", dir)
	require.NoError(t, err, got)
	var capacity, free uint64
	require.NoError(t, d.Do(func(d *desk.Desk) { capacity, free = d.State.Capacity(), d.State.Free() }))
	require.Equal(t, lines(
		"hello world", "hel", "b", "hel", "1234567890 3",
		"ls: cannot access 'x': No such file or directory", "ls: cannot access 'b': No such file or directory",
		"rmdir: failed to remove 'DCIM': Directory not empty", "cat: none: No such file or directory",
		fmt.Sprintf("%d %d", capacity/4096*4096, free/4096*4096)), got)
	unmount(t, d, dir)
}

// The files of an app: all of one that is signed for development, the documents of
// one that shares them, nothing of others.
func TestIfuseApps(t *testing.T) {
	d := pairedWith(t, state.Options{Apps: []state.App{
		{BundleID: "com.example.open", Name: "Open", Sharing: true, Developer: true},
		{BundleID: "com.example.shared", Name: "Shared", Sharing: true},
		{BundleID: "com.example.closed", Name: "Closed"},
	}})
	mountable(t)
	says(t, d, lines(`com.example.open, "1", "Open"`, `com.example.shared, "1", "Shared"`), "ifuse", "--list-apps")
	from := grow(t, 40)
	want := tree(t, from)

	container := mount(t, d, "--container", "com.example.open")
	got, err := run(t, d, "ls", container)
	require.NoError(t, err)
	require.Equal(t, lines("Documents", "Library", "tmp"), got)
	copies(t, d, from, filepath.Join(container, "Documents"))
	unmount(t, d, container)

	documents := mount(t, d, "--documents", "com.example.open")
	back := filepath.Join(t.TempDir(), "back")
	copies(t, d, filepath.Join(documents, "tree"), back)
	require.Equal(t, want, tree(t, back))
	unmount(t, d, documents)
	require.NoError(t, d.Do(func(d *desk.Desk) {
		_, err := d.State.Container(d.State.Apps.Find("com.example.open")).Lstat("Documents/tree/d1")
		require.NoError(t, err)
	}))

	dir := t.TempDir()
	for option, app := range map[string]string{"--container": "com.example.shared", "--documents": "com.example.closed"} {
		exits(t, d, 1, lines("ERROR: InstallationLookupFailed", "The App '"+app+"' is either not present on the device, or the 'UIFileSharingEnabled' key is not set in its Info.plist. "+
			"Starting with iOS 8.3 this key is mandatory to allow access to an app's Documents folder."), "ifuse", dir, option, app)
	}
	exits(t, d, 1, "ERROR: ApplicationLookupFailed", "ifuse", dir, "--documents", "com.example.none")
	require.False(t, mounted(t, dir))
}

// A full phone says so, as a full disk does; with room again the copy works.
func TestIfuseNoSpace(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := mount(t, d)
	from := filepath.Join(t.TempDir(), "video.mov")
	require.NoError(t, os.WriteFile(from, make([]byte, 3<<20), 0o600))
	to := filepath.Join(dir, "video.mov")
	free := func(n uint64) { require.NoError(t, d.Do(func(d *desk.Desk) { d.State.SetFree(n) })) }
	free(1 << 20)
	exits(t, d, 1, "cp: error writing '"+to+"': No space left on device", "cp", from, to)
	got, err := run(t, d, "df", "-B1", "--output=avail", dir)
	require.NoError(t, err)
	require.Less(t, len(strings.Fields(got)[1]), 6, "less than 100 kB are left: %s", got)
	out, err := run(t, d, "mkdir", filepath.Join(dir, "new"))
	require.NoError(t, err, out)

	free(0)
	exits(t, d, 1, "cp: error writing '"+dir+"/hostname': No space left on device", "cp", "/etc/hostname", dir+"/hostname")
	free(8 << 20)
	copies(t, d, from, to)
	require.Len(t, read(t, d, "video.mov"), 3<<20)
	unmount(t, d, dir)
}

// The cable is pulled in the middle of a copy: it fails, everything else on the mount
// fails, nothing hangs. Plugged in again, the phone can be mounted again, with what
// had arrived.
func TestIfuseUnplugged(t *testing.T) {
	d := pairedWith(t, state.Options{})
	dir := mount(t, d)
	random := make([]byte, 8<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random)
	from := filepath.Join(t.TempDir(), "big")
	require.NoError(t, os.WriteFile(from, random, 0o600))
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.Cable.Impair(sim.Impairments{Faults: []sim.Fault{{Kind: sim.Unplug, Byte: 2 << 20}}}, sim.Impairments{})
	}))
	exits(t, d, 1, "cp: error writing '"+dir+"/big': Input/output error", "cp", from, dir+"/big")
	exits(t, d, 2, "ls: cannot access '"+dir+"': Input/output error", "ls", dir)
	says(t, d, "", "idevice_id", "-l")
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.Cable.Impair(sim.Impairments{}, sim.Impairments{})
		d.Plug()
		d.WaitReady()
	}))
	exits(t, d, 2, "ls: cannot access '"+dir+"': Input/output error", "ls", dir) // that mount is of a connection that is over
	unmount(t, d, dir)

	again := mount(t, d)
	part, err := run(t, d, "stat", "-c", "%s", again+"/big")
	require.NoError(t, err)
	arrived := read(t, d, "big")
	require.Equal(t, fmt.Sprint(len(arrived)), part)
	require.InDelta(t, 2<<20, len(arrived), 200<<10, "where the cable was pulled")
	require.Equal(t, random[:len(arrived)], arrived)
	copies(t, d, from, again+"/big")
	require.Equal(t, random, read(t, d, "big"))
	unmount(t, d, again)
}
