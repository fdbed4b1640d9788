package gadget

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

func TestUDCs(t *testing.T) {
	f := newFakeFiles()
	list, err := listUDCs(f)
	require.NoError(t, err)
	require.Empty(t, list)
	f.file(udcRoot+"/fe980000.usb/current_speed", "high-speed\n")
	f.file(udcRoot+"/dummy_udc.0/current_speed", "UNKNOWN\n")
	list, err = listUDCs(f)
	require.NoError(t, err)
	require.Equal(t, []string{"dummy_udc.0", "fe980000.usb"}, list)
	require.Equal(t, usb.High, readSpeed(f, "fe980000.usb"))
	require.Equal(t, usb.SpeedUnknown, readSpeed(f, "dummy_udc.0"))
	require.Equal(t, usb.SpeedUnknown, readSpeed(f, "gone"))
}

func TestParseSpeed(t *testing.T) {
	for s, want := range map[string]usb.Speed{"low-speed": usb.Low, "full-speed\n": usb.Full, "high-speed\n": usb.High, "super-speed": usb.Super,
		"super-speed-plus\n": usb.Super, "UNKNOWN\n": usb.SpeedUnknown, "": usb.SpeedUnknown} {
		assert.Equal(t, want, parseSpeed(s), "%q", s)
	}
}

// Kernels that pass alternate settings on have a function for it, in a module or
// not.
func TestTakesAlternates(t *testing.T) {
	for symbols, want := range map[string]bool{
		"ffff t ffs_func_set_alt\t[usb_f_fs]\nffff t ffs_func_get_alt\t[usb_f_fs]\n": true,
		"ffff t ffs_func_get_alt\nffff t x\n":                                        true,
		"ffff t ffs_func_set_alt\t[usb_f_fs]\nffff t ffs_func_get_alternative\n":     false,
		"": false,
	} {
		f := newFakeFiles()
		f.file("/proc/kallsyms", symbols)
		got, err := takesAlternates(f)
		require.NoError(t, err)
		require.Equal(t, want, got, "%q", symbols)
	}
	_, err := takesAlternates(newFakeFiles())
	require.ErrorIs(t, err, syscall.ENOENT)
}
