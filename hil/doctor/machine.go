package doctor

import (
	"io/fs"
	"os"

	"github.com/plugfest/plugfest/hil/lab"
)

// A Machine is what is examined.
type Machine struct {
	// Root is its file system: /proc, /sys, /dev, programs. Paths have no slash
	// in front.
	Root fs.FS
	// Access returns nil where the caller may read and write a file of Root; an
	// error otherwise. Nil stands for somebody who may do everything.
	Access func(name string) error
	// Lab says what the lab lacks: nil, a *lab.MissingError, or what else keeps
	// it from running. Nil leaves the lab out.
	Lab func() error
	// Libusb: this program was built with libusb.
	Libusb bool
	// User is the caller's login name, for the commands that give rights.
	User string
}

// Host is the machine that this program runs on.
func Host() Machine {
	m := Machine{
		Root:   os.DirFS("/"),
		Access: access,
		Lab:    func() error { return lab.Check(lab.Options{}) },
		Libusb: builtWithLibusb,
		User:   os.Getenv("USER"),
	}
	if m.User == "" {
		m.User = "$(id -un)"
	}
	return m
}

// exists reports whether there is such a file.
func (m Machine) exists(name string) bool {
	_, err := fs.Stat(m.Root, name)
	return err == nil
}

// may reports whether the caller may read and write a file.
func (m Machine) may(name string) bool { return m.Access == nil || m.Access(name) == nil }

// text is what a file holds, or "".
func (m Machine) text(name string) string {
	data, _ := fs.ReadFile(m.Root, name)
	return string(data)
}

// glob lists files; a bad pattern is a mistake of this package.
func (m Machine) glob(pattern string) []string {
	list, err := fs.Glob(m.Root, pattern)
	if err != nil {
		panic(err)
	}
	return list
}
