package lab

import (
	"io/fs"
	"slices"
	"strings"
)

// Acceleration says how a guest will run on this machine: "kvm", or "tcg" and
// why not faster. root holds /proc, /sys and /dev.
//
// A /dev/kvm that opens is not enough: under the module kvm_pvm, on machines
// that are guests themselves, it opens and guests hang. So the processor must
// say that it virtualises.
func Acceleration(root fs.FS) (accel, why string) {
	info, err := fs.ReadFile(root, "proc/cpuinfo")
	if err != nil {
		return "tcg", "cannot read /proc/cpuinfo"
	}
	virtual := false
	for line := range strings.Lines(string(info)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == "flags" {
			flags := strings.Fields(value)
			virtual = slices.Contains(flags, "vmx") || slices.Contains(flags, "svm")
			break
		}
	}
	if !virtual {
		return "tcg", "the processor shows neither vmx nor svm"
	}
	if _, err := fs.Stat(root, "sys/module/kvm_pvm"); err == nil {
		return "tcg", "kvm_pvm is loaded: guests would hang"
	}
	f, err := root.Open("dev/kvm")
	if err != nil {
		return "tcg", "cannot open /dev/kvm"
	}
	f.Close()
	return "kvm", ""
}
