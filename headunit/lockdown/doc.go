// Package lockdown is a client of an iPhone's lockdownd, as a head unit, a usbmuxd
// or a host tool has one: it pairs, starts sessions in TLS, asks for values and
// starts services.
//
//	host := lockdown.NewHost(w, "headunit", lockdown.Options{})
//	client, err := host.Connect(lockdown.Via(daemon, device))
//	err = client.Establish() // pairs, if it has to, and starts a session
//	conn, err := client.StartService("com.apple.carkit.service")
//
// A [Host] is who it is to phones: an identity, keys, and the records of those that
// trust it. A [Client] is one connection to port 62078.
//
// # Trust
//
// [Client.Pair] makes three certificates with the host's own root: of the root, of
// the host, and of the phone's key, and sends them. A phone that is locked, or whose
// user has not answered yet, is asked again each second, for as long as
// [Options].Patience says. A user who says no ends it.
//
// # Errors
//
// What a phone says is an [*Error] that wraps its string:
// errors.Is(err, wire.PasswordProtected), with the names of package wire/lockdown.
// So is a connection that has ended, or a phone that does not answer.
//
// Source: libimobiledevice 1.3.0, go-ios and pymobiledevice3: what they ask, in
// which order, and what they do with the answers.
package lockdown
