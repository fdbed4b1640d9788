package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// unpack puts a package below a directory of the cache. Those that somebody asked
// for by name have one of their own: others shall not get them for being the
// newest. The caller holds the lock.
func (o Options) unpack(ctx context.Context, deb, below string) (kernel, error) {
	final := filepath.Join(below, strings.TrimSuffix(filepath.Base(deb), ".deb"))
	if exists(final) {
		return openKernel(final)
	}
	fmt.Fprintf(o.Log, "unpacking %s\n", filepath.Base(deb))
	dir, err := os.MkdirTemp(o.Cache, "unpack-")
	if err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	defer os.RemoveAll(dir)
	if _, err := command(ctx, "", "dpkg-deb", "-x", deb, dir); err != nil {
		return kernel{}, fmt.Errorf("lab: %w", err)
	}
	releases, _ := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
	if len(releases) != 1 {
		return kernel{}, fmt.Errorf("lab: %s: want one boot/vmlinuz-* in it, found %d", deb, len(releases))
	}
	release := strings.TrimPrefix(filepath.Base(releases[0]), "vmlinuz-")
	base := dir
	if !exists(filepath.Join(dir, "lib")) && exists(filepath.Join(dir, "usr", "lib", "modules")) {
		base = filepath.Join(dir, "usr") // depmod looks for lib/modules
	}
	depmod, err := program("depmod")
	if err != nil {
		return kernel{}, fmt.Errorf("lab: %w", err)
	}
	if _, err := command(ctx, "", depmod, "-b", base, release); err != nil {
		return kernel{}, fmt.Errorf("lab: %w", err)
	}
	if err := plainImage(releases[0]); err != nil {
		fmt.Fprintf(o.Log, "guests will boot slower: %v\n", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	if err := os.MkdirAll(below, 0o777); err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	if err := os.Rename(dir, final); err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	return openKernel(final)
}

// plainImage puts vmlinux beside vmlinuz.
func plainImage(path string) error {
	image, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	plain, err := vmlinux(image)
	if err != nil {
		return err
	}
	return os.WriteFile(strings.Replace(path, "vmlinuz-", "vmlinux-", 1), plain, 0o644)
}
