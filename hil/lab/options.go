package lab

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HostAddress is the machine's loopback as a guest with a network reaches it.
const HostAddress = "10.0.2.2"

// Defaults of Options.
const (
	DefaultTimeLimit = 2 * time.Minute
	DefaultMemory    = 512 // MiB
	DefaultCPUs      = 1   // under emulation kernels of 6.12 may panic with two: they patch code that the other one runs
)

// Options say what to boot. The zero value boots a guest without a network.
type Options struct {
	// Modules are loaded in this order, each with its parameters: "dummy_hcd
	// num=2".
	Modules []string
	// Dir is a directory of the machine that the guest may write to; it has the
	// same path there, and is where commands begin. Without one they begin in
	// the current directory, and PLUGFEST_LAB_DIR is one that vanishes.
	Dir string
	// Show lists files and directories below /tmp and /run that the guest shall
	// see, read-only: both are empty otherwise. The running program is always
	// seen.
	Show []string
	// Env is added to the environment of every command: "NAME=value".
	Env []string
	// TimeLimit bounds the guest's life; 2 minutes by default.
	TimeLimit time.Duration
	// Memory in MiB; 512 by default.
	Memory int
	// CPUs; 1 by default.
	CPUs int
	// Network gives the guest a network card, from which the machine's loopback
	// is HostAddress.
	Network bool
	// Forward lets the machine reach ports of the guest. It implies Network.
	Forward []Forward
	// Udev runs systemd-udevd in the guest, as programs need that wait for
	// hotplug events of udev.
	Udev bool
	// KernelArgs are added to the kernel's command line.
	KernelArgs []string
	// Kernel is a directory with an unpacked kernel package, or a .deb file. By
	// default it is the newest in the cache.
	Kernel string
	// Cache is where unpacked kernels are kept: by default what
	// PLUGFEST_LAB_CACHE names, else plugfest/lab in the user's cache directory.
	Cache string
	// Install permits to install packages and to download a kernel.
	Install bool
	// Log is told what takes long: downloads, installations; may be nil.
	Log io.Writer
}

// Forward is a TCP port of the machine's loopback that leads into the guest.
type Forward struct {
	Host  uint16 // 0: a free one, which Machine.Forwarded tells
	Guest uint16
}

// ParseForward reads HOST:GUEST, or GUEST alone for a free port.
func ParseForward(s string) (Forward, error) {
	host, guest, two := strings.Cut(s, ":")
	if !two {
		host, guest = "0", s
	}
	h, errHost := strconv.ParseUint(host, 10, 16)
	g, errGuest := strconv.ParseUint(guest, 10, 16)
	if errHost != nil || errGuest != nil {
		return Forward{}, fmt.Errorf("forward %q: want HOST:GUEST with TCP ports, such as 3241:3240", s)
	}
	f := Forward{uint16(h), uint16(g)}
	if f.Guest == 0 {
		return Forward{}, fmt.Errorf("forward %q: the guest has no port 0", s)
	}
	return f, nil
}

// filled returns the options with defaults in place.
func (o Options) filled() (Options, error) {
	if o.TimeLimit == 0 {
		o.TimeLimit = DefaultTimeLimit
	}
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if o.CPUs == 0 {
		o.CPUs = DefaultCPUs
	}
	switch {
	case o.TimeLimit < 0:
		return o, fmt.Errorf("lab: time limit %v: want more than 0", o.TimeLimit)
	case o.Memory < 128:
		return o, fmt.Errorf("lab: memory %d MiB: want 128 or more", o.Memory)
	case o.CPUs < 0:
		return o, fmt.Errorf("lab: %d CPUs: want 1 or more", o.CPUs)
	}
	if len(o.Forward) > 0 {
		o.Network = true
	}
	if o.Cache == "" {
		o.Cache = os.Getenv("PLUGFEST_LAB_CACHE")
	}
	if o.Cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return o, fmt.Errorf("lab: no place to keep a kernel: %w; set PLUGFEST_LAB_CACHE", err)
		}
		o.Cache = filepath.Join(user, "plugfest", "lab")
	}
	var err error
	if o.Cache, err = filepath.Abs(o.Cache); err != nil {
		return o, fmt.Errorf("lab: cache: %w", err)
	}
	if o.Dir != "" {
		if o.Dir, err = realDir(o.Dir); err != nil {
			return o, err
		}
	}
	for _, s := range slices.Concat(o.Modules, o.Show, []string{o.Dir}) {
		if strings.ContainsAny(s, "\n\x00") {
			return o, fmt.Errorf("lab: %q: a line break in a name", s)
		}
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o, nil
}

// realDir is a directory's path without symbolic links, which may lead elsewhere
// in the guest.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", fmt.Errorf("lab: directory %s: %w", dir, err)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return "", fmt.Errorf("lab: directory %s: not a directory", dir)
	}
	if abs == "/" {
		return "", fmt.Errorf("lab: directory /: the guest must not write to all of the machine")
	}
	return abs, nil
}

// shown lists what is below the guest's empty directories, and shall be seen
// nevertheless.
func (o Options) shown() []string {
	want := slices.Clone(o.Show)
	if self, err := os.Executable(); err == nil {
		want = append(want, self)
	}
	if here, err := os.Getwd(); err == nil && o.Dir == "" {
		want = append(want, here)
	}
	var out []string
	for _, path := range want {
		if abs, err := filepath.Abs(path); err == nil && hidden(abs) && exists(abs) {
			out = append(out, abs)
		}
	}
	return out
}

// hidden reports whether a path is below an empty directory of the guest's own.
func hidden(path string) bool {
	for _, dir := range []string{"/tmp", "/run", "/var/run", "/dev/shm"} {
		if strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}
