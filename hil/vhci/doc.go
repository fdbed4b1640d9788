// Package vhci plugs devices into this machine's own kernel: it gives sockets
// that speak USB/IP to the kernel's virtual host controller, vhci_hcd, as the
// program usbip does after its import.
//
// A socket may be one end of a socketpair, so that nothing listens anywhere:
//
//	inside, ours, _ := vhci.Pair()
//	server.ServeAttached(ours, ...)
//	port, err := vhci.Attach(inside, vhci.Device{ID: 1<<16 | 2, Speed: usb.High})
//
// The kernel needs the module vhci_hcd, and only root attaches. Linux only; on
// other systems every call fails.
//
// Source: Linux drivers/usb/usbip/vhci_sysfs.c.
package vhci
