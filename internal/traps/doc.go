// Package traps lists what costs those most time who write a usbmuxd, a lockdownd
// or a simulator of either. Each trap is a test called after its number, on the
// side or sides that it concerns:
//
//	go test ./... -list 'Trap[0-9]'
//
// The package has no code of its own, but the test that none is missing.
//
// Sources: usbmuxd 1.1.1, libusbmuxd 2.0.2 and libimobiledevice 1.3.0, observed
// against a fake device; go-ios, observed; pymobiledevice3, usbmuxd2 and rusbmux,
// read; issue 247 of usbmuxd.
package traps
