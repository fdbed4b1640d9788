package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A kernel is an unpacked kernel package.
type kernel struct {
	name    string // of the directory
	release string // such as 6.1.0-56-amd64
	image   string // what QEMU loads
	modules string // the directory that is /lib/modules
}

// errNoKernel says that a cache holds none.
var errNoKernel = errors.New("no kernel in the cache")

// openKernel looks at what an unpacked package holds.
func openKernel(dir string) (kernel, error) {
	images, _ := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
	if len(images) != 1 {
		return kernel{}, fmt.Errorf("lab: %s: want one boot/vmlinuz-*, found %d", dir, len(images))
	}
	k := kernel{name: filepath.Base(dir), image: images[0]}
	k.release = strings.TrimPrefix(filepath.Base(k.image), "vmlinuz-")
	for _, modules := range []string{"lib/modules", "usr/lib/modules"} {
		path := filepath.Join(dir, modules)
		if _, err := os.Stat(filepath.Join(path, k.release)); err == nil {
			k.modules = path
			break
		}
	}
	if k.modules == "" {
		return kernel{}, fmt.Errorf("lab: %s: no lib/modules/%s", dir, k.release)
	}
	if _, err := os.Stat(filepath.Join(k.modules, k.release, "modules.dep")); err != nil {
		return kernel{}, fmt.Errorf("lab: %s: no modules.dep: run depmod -b %s %s", k.modules, filepath.Dir(filepath.Dir(k.modules)), k.release)
	}
	if plain := filepath.Join(dir, "boot", "vmlinux-"+k.release); exists(plain) {
		k.image = plain
	}
	return k, nil
}

// newestKernel picks one of the cache.
func newestKernel(cache string) (kernel, error) {
	entries, err := os.ReadDir(cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), "linux-image-") {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return kernel{}, errNoKernel
	}
	return openKernel(filepath.Join(cache, slices.MaxFunc(names, compareVersions)))
}

// compareVersions compares texts with numbers in them: 6.1.0-9 is below
// 6.1.0-56.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		restA, restB := strings.TrimLeft(a, "0123456789"), strings.TrimLeft(b, "0123456789")
		numberA, numberB := a[:len(a)-len(restA)], b[:len(b)-len(restB)]
		if numberA != "" && numberB != "" {
			numberA, numberB = strings.TrimLeft(numberA, "0"), strings.TrimLeft(numberB, "0")
			if c := cmp.Or(cmp.Compare(len(numberA), len(numberB)), cmp.Compare(numberA, numberB)); c != 0 {
				return c
			}
			a, b = restA, restB
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
