package vhci

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/sim/usb"
)

// State is what a port is doing.
type State uint8

// States of a port, numbered as the kernel numbers them (enum
// usbip_device_status).
const (
	Free     State = 4
	Attached State = 5 // and not yet addressed
	Used     State = 6
	Failed   State = 7
)

func (s State) String() string {
	switch s {
	case Free:
		return "free"
	case Attached:
		return "attached"
	case Used:
		return "used"
	case Failed:
		return "failed"
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// A Port is a line of the status files.
type Port struct {
	Number int
	Super  bool // of the hub for SuperSpeed, otherwise of that for all lower speeds
	State  State
	Speed  usb.Speed // of what is attached
	Device uint32    // number of the remote device: its bus << 16, or its address
	BusID  string    // what the kernel calls the device once it is Used: "3-1"; "" before
}

// base is where the first controller is. The others have status files there too.
const base = "devices/platform/vhci_hcd.0"

// ports reads all status files below a sysfs.
func ports(sys fs.FS) ([]Port, error) {
	var all []Port
	for n := 0; ; n++ {
		name := path.Join(base, "status")
		if n > 0 {
			name += "." + strconv.Itoa(n)
		}
		text, err := fs.ReadFile(sys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && n > 0:
			return all, nil
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("vhci: no /sys/%s: load the module (modprobe vhci_hcd)", name)
		case err != nil:
			return nil, fmt.Errorf("vhci: %w", err)
		}
		list, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("vhci: /sys/%s: %w", name, err)
		}
		all = append(all, list...)
	}
}

// parse reads a status file:
//
//	hub port sta spd dev      sockfd local_busid
//	hs  0000 006 003 00010002 000003 3-1
func parse(text string) ([]Port, error) {
	var out []Port
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		if n == 1 || len(f) == 0 {
			continue
		}
		if len(f) != 7 || f[0] != "hs" && f[0] != "ss" {
			return nil, fmt.Errorf("line %d: %q is not hub, port, state, speed, device, socket and bus id", n, lines.Text())
		}
		var v [4]uint64
		for i, base := range []int{10, 10, 10, 16} {
			var err error
			if v[i], err = strconv.ParseUint(f[i+1], base, 32); err != nil {
				return nil, fmt.Errorf("line %d, field %d: %w", n, i+2, err)
			}
		}
		p := Port{Number: int(v[0]), Super: f[0] == "ss", State: State(v[1]), Speed: usb.Speed(v[2]), Device: uint32(v[3])}
		if p.State == Used {
			p.BusID = f[6]
		}
		out = append(out, p)
	}
	return out, lines.Err()
}

// free returns the ports that a device of this speed may be attached to, in
// order. The kernel picks the hub by the speed but detaches by the number, so
// that they have to fit.
func free(all []Port, s usb.Speed) []Port {
	var out []Port
	for _, p := range all {
		if p.State == Free && p.Super == (s >= usb.Super) {
			out = append(out, p)
		}
	}
	return out
}
