package doctor_test

import (
	"fmt"
	"testing/fstest"

	"github.com/plugfest/plugfest/hil/doctor"
)

// A board with a USB device controller whose kernel has not loaded what gadgets
// need.
func ExampleExamine() {
	board := doctor.Machine{Root: fstest.MapFS{
		"proc/sys/kernel/osrelease":      {Data: []byte("6.6.20\n")},
		"proc/mounts":                    {Data: []byte("configfs /sys/kernel/config configfs rw 0 0\n")},
		"lib/modules/6.6.20/modules.dep": {Data: []byte("kernel/libcomposite.ko:\nkernel/usb_f_fs.ko: kernel/libcomposite.ko\n")},
		"sys/class/udc/fe980000.usb":     {},
	}}
	for _, c := range doctor.Examine(board) {
		if c.Name != "gadget" {
			continue
		}
		fmt.Println(c.Name, c.Status)
		for _, f := range c.Lacks() {
			fmt.Printf("%s: %s (%s)\n", f.What, f.Fix, f.Detail)
		}
	}
	// Output:
	// gadget missing
	// kernel module libcomposite: sudo modprobe libcomposite (not loaded)
	// kernel module usb_f_fs: sudo modprobe usb_f_fs (not loaded)
}
