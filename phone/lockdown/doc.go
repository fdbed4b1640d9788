// Package lockdown is lockdownd, the gatekeeper of a simulated iPhone: it answers on
// port 62078 of the phone, gives out values, pairs with computers, and starts
// services.
//
// A [Server] works on a [state.State] and is handed connections of the world, by the
// usbmux device side or by a test:
//
//	phone, err := state.New(w, "phone", state.Options{})
//	server := lockdown.New(phone, lockdown.Config{Services: catalogue.Services()})
//	err = server.Ports().Connect(62078, conn)
//
// [Ports] is what the mux needs to know: which ports answer, and what to do with a
// connection.
//
// # What differs with iOS
//
// Before iOS 5 a reply says Result instead of Error, and services have no TLS.
// Before 7 nobody asks the user before pairing, and ValidatePair matters. Which
// services there are is their own matter: see [service.Service].
//
// # Sources
//
// libimobiledevice, usbmuxd and go-ios as observed against a fake device;
// pymobiledevice3 and idevice as read. Where a real device's answer is not known,
// the comment says inferred.
package lockdown
