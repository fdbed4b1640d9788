// Package muxd is a daemon as usbmuxd: it finds iPhones at the USB hosts that it
// watches, speaks usbmux with each, and serves programs over the usbmuxd client
// protocol, binary and property lists.
//
// [New] makes one, [Daemon.Watch] gives it a host, and [Daemon.Serve] a client,
// which is any net.Conn of the world. [Daemon.Listen] lets real programs in by a
// socket, in a world on the machine's clock. A head unit that wants no socket
// at all calls [Daemon.Dial].
//
// Devices are shown as soon as they speak usbmux, as usbmuxd does with -p: the
// daemon talks to no lockdown of its own accord.
//
// Where usbmuxd waits for ever, this one does not: a port that does not answer
// within five seconds is refused. And where it loses data, this one does not: a
// client that reads slowly keeps its own connection waiting and no other.
//
// Source: libimobiledevice/usbmuxd 1.1.1 and libusbmuxd, observed.
package muxd
