package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Prepare gets what a guest with these options needs: with Install the packages
// that are missing, and in any case Debian's current kernel for the cache. It may
// be called by several processes at once. The kernel is downloaded and unpacked,
// never installed; if it cannot be had, one that the cache has already will do.
func Prepare(ctx context.Context, o Options) error {
	o, err := o.filled()
	if err == nil {
		_, err = o.prepare(ctx, true)
	}
	return err
}

// prepare gets what is missing. fresh asks for the current kernel, otherwise any
// will do.
func (o Options) prepare(ctx context.Context, fresh bool) (kernel, error) {
	if missing := programs(o); len(missing) > 0 {
		if !o.Install || unsupported() {
			return kernel{}, &MissingError{missing}
		}
		if err := o.install(ctx, missing); err != nil {
			return kernel{}, err
		}
	}
	switch {
	case strings.HasSuffix(o.Kernel, ".deb"):
		return o.locked(func() (kernel, error) { return o.unpack(ctx, o.Kernel, filepath.Join(o.Cache, "given")) })
	case o.Kernel != "":
		return openKernel(o.Kernel)
	}
	k, err := newestKernel(o.Cache)
	if err != nil && !errors.Is(err, errNoKernel) || err == nil && !fresh {
		return k, err
	}
	return o.locked(func() (kernel, error) { return o.current(ctx) })
}

// current is Debian's current kernel, or else the newest of the cache. The caller
// holds the lock.
func (o Options) current(ctx context.Context) (kernel, error) {
	have, errHave := newestKernel(o.Cache)
	name, err := o.currentName(ctx)
	if err == nil && errHave == nil && strings.HasPrefix(have.name, name+"_") {
		return have, nil
	}
	var k kernel
	if err == nil {
		k, err = o.download(ctx, name)
	}
	if err != nil && errHave == nil {
		fmt.Fprintf(o.Log, "keeping %s: %v\n", have.name, err)
		return have, nil
	}
	return k, err
}

// kernel finds what to boot. It downloads and installs only with Install.
func (o Options) kernel(ctx context.Context) (kernel, error) {
	if !o.Install {
		if err := Check(o); err != nil {
			return kernel{}, err
		}
	}
	return o.prepare(ctx, false)
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
