package lab

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// A Missing is a thing that the lab needs and the machine has not.
type Missing struct {
	What    string // "qemu-system-x86_64"
	Why     string // "not in PATH"
	Package string // the Debian package that has it, if there is one
	Fix     string // the command to get it
}

// A MissingError says what keeps the lab from running, and how to get it.
type MissingError struct {
	Missing []Missing
}

func (e *MissingError) Error() string {
	var b strings.Builder
	b.WriteString("the lab lacks ")
	for i, m := range e.Missing {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", m.What, m.Why)
	}
	if fixes := e.fixes(); len(fixes) > 0 {
		b.WriteString(": run ")
		b.WriteString(strings.Join(fixes, " && "))
	}
	return b.String()
}

// fixes are the commands, with one for all packages.
func (e *MissingError) fixes() []string {
	var out, packages []string
	for _, m := range e.Missing {
		if m.Package != "" && !slices.Contains(packages, m.Package) {
			packages = append(packages, m.Package)
		} else if m.Package == "" && m.Fix != "" {
			out = append(out, m.Fix)
		}
	}
	if len(packages) > 0 {
		out = append([]string{"apt-get install --no-install-recommends " + strings.Join(packages, " ")}, out...)
	}
	return out
}

// prepareCommand is what gets a kernel.
const prepareCommand = "plugfest lab --prepare"

// Check reports what is missing to boot with these options as a *MissingError.
// It downloads and changes nothing.
func Check(o Options) error {
	o, err := o.filled()
	if err != nil {
		return err
	}
	missing := programs(o)
	if o.Kernel == "" && !unsupported() {
		_, err := newestKernel(o.Cache)
		if errors.Is(err, errNoKernel) {
			missing = append(missing, Missing{What: "a Debian kernel", Why: "none in " + o.Cache, Fix: prepareCommand})
		} else if err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return &MissingError{missing}
	}
	return nil
}

func unsupported() bool { return runtime.GOOS != "linux" || runtime.GOARCH != "amd64" }

// busybox is where Debian's busybox-static puts it.
var busyboxPaths = []string{"/bin/busybox", "/usr/bin/busybox"}

// udevd is where Debian's udev puts its daemon.
const udevd = "/lib/systemd/systemd-udevd"

// programs lists the programs that are missing.
func programs(o Options) []Missing {
	if unsupported() {
		return []Missing{{What: "Linux on amd64", Why: "this is " + runtime.GOOS + " on " + runtime.GOARCH +
			", and the guest runs the machine's own programs"}}
	}
	var out []Missing
	for _, p := range []struct{ program, pkg string }{
		{"qemu-system-x86_64", "qemu-system-x86"},
		{"depmod", "kmod"},
		{"modprobe", "kmod"},
		{"dpkg-deb", "dpkg"},
		{"xz", "xz-utils"},
	} {
		if _, err := program(p.program); err != nil {
			out = append(out, missing(p.program, "not in PATH", p.pkg))
		}
	}
	if _, err := staticBusybox(); err != nil {
		out = append(out, missing("a static busybox", err.Error(), "busybox-static"))
	}
	if o.Udev && !exists(udevd) {
		out = append(out, missing("systemd-udevd", "no "+udevd, "udev"))
	}
	return out
}

func missing(what, why, pkg string) Missing {
	return Missing{What: what, Why: why, Package: pkg, Fix: "apt-get install --no-install-recommends " + pkg}
}

// program finds one in PATH or where administrators' programs are, which PATH
// often lacks for others.
func program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path, nil
		}
	}
	return "", err
}

// staticBusybox finds a busybox that runs where there is no C library.
func staticBusybox() (string, error) {
	why := errors.New("not in /bin")
	for _, path := range busyboxPaths {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		f, err := elf.Open(path)
		if err != nil {
			why = err
			continue
		}
		static := true
		for _, p := range f.Progs {
			static = static && p.Type != elf.PT_INTERP
		}
		f.Close()
		if static {
			return path, nil
		}
		why = errors.New(path + " needs a C library")
	}
	return "", why
}
