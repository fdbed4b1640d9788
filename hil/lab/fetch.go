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

// metaPackages depend on Debian's current kernels for amd64, best first: Debian 12
// has a newer one beside its own, whose FunctionFS can do alternate settings. The
// cloud kernels lack USB/IP.
var metaPackages = []string{"linux-image-6.12-amd64", "linux-image-amd64"}

// kernelPackage is the package that a meta package depends on.
var kernelPackage = regexp.MustCompile(`(?m)^ *Depends: (linux-image-\S+-amd64)$`)

// download gets a package into the cache.
func (o Options) download(ctx context.Context, name string) (kernel, error) {
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

// currentName is that of Debian's current kernel package.
func (o Options) currentName(ctx context.Context) (string, error) {
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
