package lab

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestAcceleration(t *testing.T) {
	machine := func(flag string, more ...string) fstest.MapFS {
		m := fstest.MapFS{"proc/cpuinfo": {Data: []byte("processor\t: 0\nflags\t\t: fpu " + flag + " vme\n")}}
		for _, name := range more {
			m[name] = &fstest.MapFile{}
		}
		return m
	}
	for _, c := range []struct {
		name       string
		root       fstest.MapFS
		accel, why string
	}{
		{"Intel", machine("vmx", "dev/kvm"), "kvm", ""},
		{"AMD", machine("svm", "dev/kvm"), "kvm", ""},
		{"a guest whose /dev/kvm hangs", machine("hypervisor", "dev/kvm", "sys/module/kvm_pvm"), "tcg", "the processor shows neither vmx nor svm"},
		{"flags, and kvm_pvm", machine("vmx", "dev/kvm", "sys/module/kvm_pvm"), "tcg", "kvm_pvm is loaded: guests would hang"},
		{"no device, or not for us", machine("vmx"), "tcg", "cannot open /dev/kvm"},
		{"a flag that only begins so", machine("vmx_something", "dev/kvm"), "tcg", "the processor shows neither vmx nor svm"},
		{"nothing", fstest.MapFS{}, "tcg", "cannot read /proc/cpuinfo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			accel, why := Acceleration(c.root)
			require.Equal(t, c.accel, accel)
			require.Equal(t, c.why, why)
		})
	}
}
