//go:build linux

package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompareVersions(t *testing.T) {
	sorted := []string{
		"linux-image-6.1.0-9-amd64_6.1.27-1_amd64",
		"linux-image-6.1.0-056-amd64_6.1.191-1_amd64",
		"linux-image-6.1.0-56-amd64_6.1.192-2_amd64",
		"linux-image-6.1.0-56-amd64_6.1.192-10_amd64",
		"linux-image-6.12.1-amd64",
		"linux-image-10.0-amd64",
		"linux-image-10.0-amd64-x",
	}
	for i, a := range sorted {
		for j, b := range sorted {
			got := compareVersions(a, b)
			require.Equal(t, [...]int{-1, 0, 1}[sign(i-j)+1], sign(got), "%s and %s", a, b)
		}
	}
	require.Zero(t, compareVersions("6.01", "6.1"))
}

func sign(n int) int { return min(1, max(-1, n)) }

// unpacked makes a directory look like an unpacked kernel package.
func unpacked(t *testing.T, dir, release string) {
	write(t, filepath.Join(dir, "boot", "vmlinuz-"+release), "bzImage")
	write(t, filepath.Join(dir, "lib", "modules", release, "modules.dep"), "")
}

func TestOpenKernel(t *testing.T) {
	dir := t.TempDir()
	_, err := openKernel(dir)
	require.EqualError(t, err, "lab: "+dir+": want one boot/vmlinuz-*, found 0")
	write(t, filepath.Join(dir, "boot", "vmlinuz-6.1"), "")
	_, err = openKernel(dir)
	require.EqualError(t, err, "lab: "+dir+": no lib/modules/6.1")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "lib", "modules", "6.1"), 0o755))
	_, err = openKernel(dir)
	require.EqualError(t, err, "lab: "+dir+"/lib/modules: no modules.dep: run depmod -b "+dir+" 6.1")

	unpacked(t, dir, "6.1")
	k, err := openKernel(dir)
	require.NoError(t, err)
	require.Equal(t, kernel{filepath.Base(dir), "6.1", dir + "/boot/vmlinuz-6.1", dir + "/lib/modules"}, k)
	write(t, filepath.Join(dir, "boot", "vmlinux-6.1"), "")
	k, err = openKernel(dir)
	require.NoError(t, err)
	require.Equal(t, dir+"/boot/vmlinux-6.1", k.image, "it boots sooner")

	merged := t.TempDir() // as newer packages are
	write(t, filepath.Join(merged, "boot", "vmlinuz-6.12"), "")
	write(t, filepath.Join(merged, "usr", "lib", "modules", "6.12", "modules.dep"), "")
	k, err = openKernel(merged)
	require.NoError(t, err)
	require.Equal(t, merged+"/usr/lib/modules", k.modules)
}

func TestNewestKernel(t *testing.T) {
	cache := t.TempDir()
	for _, dir := range []string{cache, filepath.Join(cache, "not there")} {
		_, err := newestKernel(dir)
		require.ErrorIs(t, err, errNoKernel)
	}
	unpacked(t, filepath.Join(cache, "linux-image-6.1.0-9-amd64_6.1.27-1_amd64"), "6.1.0-9-amd64")
	unpacked(t, filepath.Join(cache, "linux-image-6.1.0-56-amd64_6.1.192-2_amd64"), "6.1.0-56-amd64")
	write(t, filepath.Join(cache, "unpack-1234", "half"), "")
	k, err := newestKernel(cache)
	require.NoError(t, err)
	require.Equal(t, "6.1.0-56-amd64", k.release)
}

// testDeb builds a package with an image and a module.
func testDeb(t *testing.T) string {
	for _, name := range []string{"dpkg-deb", "depmod", "xz"} {
		if _, err := program(name); err != nil {
			t.Skip(err)
		}
	}
	packed, err := pipe([]byte("\x7fELF"), "xz", "-c")
	require.NoError(t, err)
	tree := t.TempDir()
	write(t, filepath.Join(tree, "DEBIAN", "control"), "Package: linux-image-1.2-amd64\nVersion: 1.2-3\nArchitecture: amd64\nMaintainer: nobody <nobody@example.com>\nDescription: test\n")
	write(t, filepath.Join(tree, "boot", "vmlinuz-1.2-amd64"), string(bzImage(append(packed, 4, 0, 0, 0))))
	write(t, filepath.Join(tree, "lib", "modules", "1.2-amd64", "modules.order"), "kernel/a.ko\n")
	write(t, filepath.Join(tree, "lib", "modules", "1.2-amd64", "modules.builtin"), "kernel/b.ko\n")
	deb := filepath.Join(t.TempDir(), "linux-image-1.2-amd64_1.2-3_amd64.deb")
	out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", tree, deb).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return deb
}

// Several at once unpack it once, and none sees half of it.
func TestUnpackTogether(t *testing.T) {
	o := Options{Kernel: testDeb(t), Cache: t.TempDir()}
	if _, err := staticBusybox(); err != nil {
		t.Skip(err)
	}
	write(t, filepath.Join(o.Cache, "unpack-1", "left"), "by somebody who was killed")
	var log lockedLog
	o.Log = &log
	var wg sync.WaitGroup
	kernels, errs := make([]kernel, 8), make([]error, 8)
	for i := range kernels {
		wg.Go(func() {
			filled, err := o.filled()
			if err == nil {
				kernels[i], err = filled.prepare(t.Context(), false)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	final := filepath.Join(o.Cache, "given", "linux-image-1.2-amd64_1.2-3_amd64")
	for i := range kernels {
		require.NoError(t, errs[i])
		require.Equal(t, kernel{filepath.Base(final), "1.2-amd64", final + "/boot/vmlinux-1.2-amd64", final + "/lib/modules"}, kernels[i])
	}
	require.Equal(t, "unpacking linux-image-1.2-amd64_1.2-3_amd64.deb\n", log.String())
	var names []string
	entries, err := os.ReadDir(o.Cache)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	require.Equal(t, []string{"given", "lock"}, names, "nothing half done is left")
	_, err = newestKernel(o.Cache)
	require.ErrorIs(t, err, errNoKernel, "who asks for none in particular does not get it")
	image, err := os.ReadFile(kernels[0].image)
	require.NoError(t, err)
	require.Equal(t, "\x7fELF", string(image))
}

func TestUnpackRefuses(t *testing.T) {
	o := Options{Kernel: filepath.Join(t.TempDir(), "no.deb"), Cache: t.TempDir()}
	if err := Check(o); err != nil {
		t.Skip(err)
	}
	require.ErrorContains(t, Prepare(t.Context(), o), "dpkg-deb")
	entries, err := os.ReadDir(o.Cache)
	require.NoError(t, err)
	require.Len(t, entries, 1, "the lock alone")
}

type lockedLog struct {
	mu sync.Mutex
	b  []byte
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	return len(p), nil
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}
