package gadget

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/plugfest/plugfest/sim/usb"
)

// udcRoot lists the machine's device controllers.
const udcRoot = "/sys/class/udc"

// UDCs returns the names of this machine's USB device controllers, sorted. A
// machine without any gives an empty list; on other systems than Linux there is
// none.
func UDCs() ([]string, error) { return listUDCs(realFiles{}) }

func listUDCs(f files) ([]string, error) {
	list, err := f.List(udcRoot)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return list, explain("list", udcRoot, err)
}

// speedNames are the kernel's (drivers/usb/common/common.c).
var speedNames = map[usb.Speed]string{
	usb.Low: "low-speed", usb.Full: "full-speed", usb.High: "high-speed", usb.Super: "super-speed",
}

// parseSpeed reads current_speed or maximum_speed.
func parseSpeed(s string) usb.Speed {
	s = strings.TrimSpace(s)
	if s == "super-speed-plus" {
		return usb.Super
	}
	for speed, name := range speedNames {
		if s == name {
			return speed
		}
	}
	return usb.SpeedUnknown
}

// readSpeed is the speed that the bus runs at, or SpeedUnknown.
func readSpeed(f files, udc string) usb.Speed {
	s, _ := f.Read(path.Join(udcRoot, udc, "current_speed"))
	return parseSpeed(s)
}

// alternatesSymbol is in kernels whose FunctionFS takes SET_INTERFACE to settings
// other than 0: Linux 6.8, and older ones with that change (see
// doc/decisions/0006-functionfs.md).
const alternatesSymbol = " ffs_func_get_alt"

// takesAlternates reports whether the kernel lets a host select other alternate
// settings than 0. usb_f_fs must be loaded.
func takesAlternates(f files) (bool, error) {
	symbols, err := f.Read("/proc/kallsyms")
	return strings.Contains(symbols, alternatesSymbol+"\t") || strings.Contains(symbols, alternatesSymbol+"\n"), err
}
