package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/plugfest/plugfest/hil/lab"
)

func install(pkg string) string { return "sudo apt-get install --no-install-recommends " + pkg }

// optional makes a look's findings so.
func (l look) optional() look {
	return func(m Machine) []Finding {
		list := l(m)
		for i := range list {
			list[i].Optional = true
		}
		return list
	}
}

// ifThere drops a look's findings of things that are missing: some other look
// says why.
func (l look) ifThere() look {
	return func(m Machine) []Finding {
		list := l(m)
		for _, f := range list {
			if f.Status == Missing {
				return nil
			}
		}
		return list
	}
}

// programDirs are where programs are, those of administrators included.
var programDirs = []string{"usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"}

func program(name, pkg string) look {
	return func(m Machine) []Finding {
		f := Finding{What: name, Status: OK}
		for _, dir := range programDirs {
			if m.exists(path.Join(dir, name)) {
				return []Finding{f}
			}
		}
		f.Status, f.Fix = Missing, install(pkg)
		return []Finding{f}
	}
}

// library looks where Debian and others have libraries.
func library(name, pkg string) look {
	return func(m Machine) []Finding {
		f := Finding{What: name, Status: OK}
		for _, pattern := range []string{"usr/lib/*/" + name, "lib/*/" + name, "usr/lib/" + name, "usr/lib64/" + name, "usr/local/lib/" + name} {
			if len(m.glob(pattern)) > 0 {
				return []Finding{f}
			}
		}
		f.Status, f.Fix = Missing, install(pkg)
		return []Finding{f}
	}
}

// module finds out whether the kernel has a module, and whether it is loaded.
func module(name string) look {
	return func(m Machine) []Finding {
		f := Finding{What: "kernel module " + name, Status: OK}
		release := strings.TrimSpace(m.text("proc/sys/kernel/osrelease"))
		tree := "lib/modules/" + release
		switch {
		case m.exists("sys/module/" + name):
		case listed(m.text(tree+"/modules.builtin"), name):
			f.Detail = "built in"
		case listed(m.text(tree+"/modules.dep"), name):
			f.Status, f.Detail, f.Fix = Missing, "not loaded", "sudo modprobe "+name
		default:
			f.Status, f.Detail = Missing, "kernel "+cmp.Or(release, "of an unknown version")+" does not have it"
			f.Fix = "plugfest lab --module " + name + " -- COMMAND"
		}
		return []Finding{f}
	}
}

// listed looks for a module in modules.dep or modules.builtin.
func listed(list, name string) bool {
	for line := range strings.Lines(list) {
		file, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		base, _, _ := strings.Cut(path.Base(file), ".ko")
		if strings.ReplaceAll(base, "-", "_") == name {
			return true
		}
	}
	return false
}

// right finds out whether the caller may use a file.
func right(name, fix string) look {
	return func(m Machine) []Finding {
		f := Finding{What: "/" + name, Status: OK}
		switch {
		case !m.exists(name):
			f.Status = Missing
		case !m.may(name):
			f.Status, f.Fix = Denied, fix
		}
		return []Finding{f}
	}
}

// mount finds out whether a file system is mounted.
func mount(kind, at, fix string) look {
	return func(m Machine) []Finding {
		for line := range strings.Lines(m.text("proc/mounts")) {
			if words := strings.Fields(line); len(words) > 2 && words[1] == "/"+at && words[2] == kind {
				return []Finding{{What: kind + " at /" + at, Status: OK}}
			}
		}
		return []Finding{{What: kind + " at /" + at, Status: Missing, Detail: "not mounted", Fix: "sudo " + fix}}
	}
}

// socket finds a daemon's socket.
func socket(name, fix string) look {
	return func(m Machine) []Finding {
		f := Finding{What: "/" + name, Status: OK}
		for _, at := range []string{name, "var/" + name} {
			info, err := fs.Stat(m.Root, at)
			if err != nil || info.Mode().Type() != fs.ModeSocket {
				continue
			}
			if !m.may(at) {
				f.Status, f.Fix = Denied, "as root: sudo plugfest ..."
			}
			return []Finding{f}
		}
		f.Status, f.Detail, f.Fix = Missing, "nobody listens", "sudo "+fix
		return []Finding{f}
	}
}

// virtualMachine asks the lab what it lacks.
func virtualMachine(m Machine) []Finding {
	f := Finding{What: "QEMU, busybox and a kernel", Status: OK}
	if m.Lab == nil {
		return nil
	}
	err := m.Lab()
	var lacks *lab.MissingError
	switch {
	case err == nil:
		return []Finding{f}
	case !errors.As(err, &lacks):
		f.Status, f.Detail = Missing, err.Error()
		return []Finding{f}
	}
	var out []Finding
	for _, l := range lacks.Missing {
		fix := l.Fix
		if l.Package != "" {
			fix = install(l.Package)
		}
		out = append(out, Finding{What: l.What, Status: Missing, Detail: l.Why, Fix: fix})
	}
	return out
}

// acceleration says how fast the lab will be. It works in either case.
func acceleration(m Machine) []Finding {
	accel, why := lab.Acceleration(m.Root)
	f := Finding{What: "KVM", Status: OK, Optional: true}
	if accel == "kvm" {
		return []Finding{f}
	}
	f.Status, f.Detail = Missing, why+"; guests are emulated"
	if m.exists("dev/kvm") && strings.HasPrefix(why, "cannot open") {
		f.Status, f.Fix = Denied, fmt.Sprintf("sudo usermod -aG kvm %s, and log in anew", m.User)
	}
	return []Finding{f}
}

func libusbTag(m Machine) []Finding {
	f := Finding{What: "this program's libusb", Status: OK}
	if !m.Libusb {
		f.Status, f.Detail = Missing, "built without it"
		f.Fix = install("gcc pkg-config libusb-1.0-0-dev") + " && CGO_ENABLED=1 go build -tags libusb ./cmd/plugfest"
	}
	return []Finding{f}
}
