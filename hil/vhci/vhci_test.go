package vhci

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// status is what a Debian kernel shows with one phone attached, shortened to
// three ports a hub.
const status = `hub port sta spd dev      sockfd local_busid
hs  0000 006 003 00010002 000003 3-1
hs  0001 005 003 00000000 000004 0-0
hs  0002 004 000 00000000 000000 0-0
ss  0003 004 000 00000000 000000 0-0
ss  0004 004 000 00000000 000000 0-0
ss  0005 004 000 00000000 000000 0-0
`

// controller makes a sysfs with the files of a controller.
func controller(t *testing.T, more ...string) string {
	t.Helper()
	was := sysfs
	t.Cleanup(func() { sysfs = was })
	sysfs = t.TempDir()
	dir := filepath.Join(sysfs, base)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "status"), []byte(status), 0o644))
	for i, text := range more {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "status."+string(rune('1'+i))), []byte(text), 0o644))
	}
	for _, name := range []string{"attach", "detach"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	return dir
}

func TestPorts(t *testing.T) {
	controller(t, strings.ReplaceAll(status, "hs  0002", "hs  0008"))
	all, err := Ports()
	require.NoError(t, err)
	require.Len(t, all, 12)
	require.Equal(t, Port{Number: 0, State: Used, Speed: usb.High, Device: 0x10002, BusID: "3-1"}, all[0])
	require.Equal(t, Port{Number: 1, State: Attached, Speed: usb.High}, all[1], "0-0 is no bus id yet")
	require.Equal(t, Port{Number: 5, Super: true, State: Free}, all[5])
	require.Equal(t, 8, all[8].Number)
}

// A port's hub has to fit the speed: the kernel attaches by speed and detaches
// by number.
func TestAttachPicksAPortOfTheRightHub(t *testing.T) {
	for speed, want := range map[usb.Speed]string{
		usb.Full:  `^2 \d+ 65538 2$`,
		usb.High:  `^2 \d+ 65538 3$`,
		usb.Super: `^3 \d+ 65538 5$`,
	} {
		dir := controller(t)
		kernel, device, err := Pair()
		require.NoError(t, err)
		defer kernel.Close()
		defer device.Close()
		port, err := Attach(kernel, Device{ID: 1<<16 | 2, Speed: speed})
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(dir, "attach"))
		require.NoError(t, err)
		require.Regexp(t, regexp.MustCompile(want), string(text))
		require.NoError(t, Detach(port))
		text, err = os.ReadFile(filepath.Join(dir, "detach"))
		require.NoError(t, err)
		require.Equal(t, string(want[1]), string(text))
	}
}

func TestAttachWithNothingFree(t *testing.T) {
	dir := controller(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "status"), []byte(strings.ReplaceAll(status, " 004 ", " 006 ")), 0o644))
	kernel, device, err := Pair()
	require.NoError(t, err)
	defer kernel.Close()
	defer device.Close()
	_, err = Attach(kernel, Device{Speed: usb.High})
	require.ErrorContains(t, err, "none of 6 ports is free for high speed")
}

func TestWithoutTheModule(t *testing.T) {
	was := sysfs
	t.Cleanup(func() { sysfs = was })
	sysfs = t.TempDir()
	_, err := Ports()
	require.ErrorContains(t, err, "modprobe vhci_hcd")
	require.ErrorContains(t, Detach(0), "modprobe vhci_hcd")
}

func TestUnreadableStatus(t *testing.T) {
	for text, want := range map[string]string{
		"head\nhs 0000 004 000\n":                   `line 2: "hs 0000 004 000" is not`,
		"head\nhs 0000 004 000 zzzz 000000 0-0\n":   "line 2, field 5",
		"head\nhs -1 004 000 00000000 000000 0-0\n": "line 2, field 2",
		"head\nxx 0 004 000 00000000 000000 0-0\n":  "is not hub",
	} {
		_, err := ports(fstest.MapFS{base + "/status": {Data: []byte(text)}})
		require.ErrorContains(t, err, want)
	}
}

func FuzzStatus(f *testing.F) {
	f.Add(status)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parse(text)
		if err != nil {
			require.Nil(t, list)
		}
	})
}
