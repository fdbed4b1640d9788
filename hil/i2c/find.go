package i2c

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Adapter is an I2C adapter of this machine that has a /dev/i2c-N.
type Adapter struct {
	Number int    // N
	Path   string // /dev/i2c-N
	Name   string // as its driver calls it, such as "i2c-tiny-usb at bus 001 device 002"
}

// sysfs is where the kernel lists them. It is empty until the module i2c-dev is loaded.
const sysfs = "/sys/class/i2c-dev"

// List lists the adapters by number. It is what i2cdetect -l prints.
func List() ([]Adapter, error) { return list(os.DirFS(sysfs)) }

func list(class fs.FS) ([]Adapter, error) {
	entries, err := fs.ReadDir(class, ".")
	if err != nil {
		return nil, fmt.Errorf("%w: cannot read %s: modprobe i2c-dev: %w", ErrNoAdapter, sysfs, err)
	}
	var all []Adapter
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), "i2c-")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil {
			continue
		}
		name, err := fs.ReadFile(class, e.Name()+"/name")
		if err != nil {
			continue // it has just gone
		}
		all = append(all, Adapter{Number: n, Path: fmt.Sprintf("/dev/i2c-%d", n), Name: strings.TrimSpace(string(name))})
	}
	slices.SortFunc(all, func(a, b Adapter) int { return a.Number - b.Number })
	return all, nil
}

// Find finds the one adapter whose name contains name: numbers change from boot to boot and from plug to plug, names do not. It
// fails with ErrNoAdapter when there is none, and when there are several.
func Find(name string) (Adapter, error) { return find(os.DirFS(sysfs), name) }

func find(class fs.FS, name string) (Adapter, error) {
	all, err := list(class)
	if err != nil {
		return Adapter{}, err
	}
	var found []Adapter
	for _, a := range all {
		if strings.Contains(a.Name, name) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Adapter{}, fmt.Errorf("%w: no name contains %q; there are %s", ErrNoAdapter, name, names(all))
	}
	return Adapter{}, fmt.Errorf("%w: several names contain %q: %s; give the path of one", ErrNoAdapter, name, names(found))
}

func names(all []Adapter) string {
	var text []string
	for _, a := range all {
		text = append(text, fmt.Sprintf("%s (%s)", a.Path, a.Name))
	}
	if len(text) == 0 {
		return "none"
	}
	return strings.Join(text, ", ")
}
