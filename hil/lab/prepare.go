package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Prepare gets what a guest with these options needs: with Install the packages
// that are missing, and in any case a kernel for the cache if it has none. It
// may be called by several processes at once. The kernel is downloaded and
// unpacked, never installed.
func Prepare(ctx context.Context, o Options) error {
	o, err := o.filled()
	if err != nil {
		return err
	}
	_, err = o.prepare(ctx)
	return err
}

func (o Options) prepare(ctx context.Context) (kernel, error) {
	if missing := programs(o); len(missing) > 0 {
		if !o.Install || unsupported() {
			return kernel{}, &MissingError{missing}
		}
		if err := o.install(ctx, missing); err != nil {
			return kernel{}, err
		}
	}
	switch {
	case o.Kernel == "":
		k, err := newestKernel(o.Cache)
		if !errors.Is(err, errNoKernel) {
			return k, err
		}
		return o.locked(func() (kernel, error) {
			if k, err := newestKernel(o.Cache); !errors.Is(err, errNoKernel) {
				return k, err // somebody else got it meanwhile
			}
			return o.download(ctx)
		})
	case strings.HasSuffix(o.Kernel, ".deb"):
		return o.locked(func() (kernel, error) { return o.unpack(ctx, o.Kernel, filepath.Join(o.Cache, "given")) })
	}
	return openKernel(o.Kernel)
}

// kernel finds what to boot. It downloads and installs only with Install.
func (o Options) kernel(ctx context.Context) (kernel, error) {
	if !o.Install {
		if err := Check(o); err != nil {
			return kernel{}, err
		}
	}
	return o.prepare(ctx)
}

// locked keeps other processes out of the cache.
func (o Options) locked(f func() (kernel, error)) (kernel, error) {
	if err := os.MkdirAll(o.Cache, 0o777); err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	unlock, err := lock(filepath.Join(o.Cache, "lock"))
	if err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	defer unlock()
	for _, pattern := range []string{"download-*", "unpack-*"} { // left by somebody who was killed
		left, _ := filepath.Glob(filepath.Join(o.Cache, pattern))
		for _, dir := range left {
			os.RemoveAll(dir)
		}
	}
	return f()
}

// metaPackages depend on Debian's current kernels for amd64, best first: Debian 12
// has a newer one beside its own, whose FunctionFS can do alternate settings. The
// cloud kernels lack USB/IP.
var metaPackages = []string{"linux-image-6.12-amd64", "linux-image-amd64"}

// kernelPackage is the package that a meta package depends on.
var kernelPackage = regexp.MustCompile(`(?m)^ *Depends: (linux-image-\S+-amd64)$`)

func (o Options) download(ctx context.Context) (kernel, error) {
	name, err := o.current(ctx)
	if err != nil {
		return kernel{}, err
	}
	dir, err := os.MkdirTemp(o.Cache, "download-")
	if err != nil {
		return kernel{}, fmt.Errorf("lab: cache: %w", err)
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(o.Log, "downloading %s\n", name)
	if _, err := command(ctx, dir, "apt-get", "-qq", "download", name); err != nil {
		return kernel{}, fmt.Errorf("lab: %w (if the package lists are old: apt-get update)", err)
	}
	debs, _ := filepath.Glob(filepath.Join(dir, "*.deb"))
	if len(debs) != 1 {
		return kernel{}, fmt.Errorf("lab: apt-get download %s left %d packages", name, len(debs))
	}
	return o.unpack(ctx, debs[0], o.Cache)
}

// current is the name of Debian's current kernel package.
func (o Options) current(ctx context.Context) (string, error) {
	for again := o.Install; ; again = false {
		var err error
		for _, meta := range metaPackages {
			var out []byte
			out, err = command(ctx, "", "apt-cache", "depends", meta)
			if m := kernelPackage.FindSubmatch(out); m != nil {
				return string(m[1]), nil
			}
		}
		if !again {
			if err == nil {
				err = errors.New("names no kernel")
			}
			return "", fmt.Errorf("lab: apt-cache depends %s: %w: run apt-get update, or name a Debian kernel package with Kernel", strings.Join(metaPackages, ", "), err)
		}
		fmt.Fprintln(o.Log, "updating the lists of packages")
		if _, err := command(ctx, "", asRoot("apt-get", "-qq", "update")...); err != nil {
			return "", fmt.Errorf("lab: %w", err)
		}
	}
}

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

// install gets packages by apt.
func (o Options) install(ctx context.Context, missing []Missing) error {
	packages := []string{}
	for _, m := range missing {
		packages = append(packages, m.Package)
	}
	fmt.Fprintf(o.Log, "installing %s\n", strings.Join(packages, " "))
	args := append([]string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "install", "-y", "--no-install-recommends"}, packages...)
	if _, err := command(ctx, "", asRoot(args...)...); err != nil {
		if _, err := command(ctx, "", asRoot("apt-get", "-qq", "update")...); err != nil {
			return fmt.Errorf("lab: %w", err)
		}
		if _, err := command(ctx, "", asRoot(args...)...); err != nil {
			return fmt.Errorf("lab: %w", err)
		}
	}
	return nil
}

// asRoot puts sudo before a command where it is needed. It never asks.
func asRoot(args ...string) []string {
	if os.Geteuid() == 0 {
		return args
	}
	return append([]string{"sudo", "-n"}, args...)
}

// command runs a program of the machine and returns its output; errors hold what
// it complained of.
func command(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(said.Bytes()))
	}
	return out, nil
}
