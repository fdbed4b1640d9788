// Package usbmuxd is the protocol on the socket of usbmuxd, the daemon through
// which host tools reach iPhones: what tools and daemon say to each other before
// a socket becomes a connection to a port of a phone. (What the daemon and the
// phone say is package usbmux.)
//
// # Messages
//
// A [Message] has a header of 16 bytes, little-endian. There are two forms:
// the binary one of the first tools (version 0), with fixed bodies, and property
// lists (version 1), which all current tools use. [Decoder] cuts a stream into
// messages; [Request] and [Reply] say what they mean, in both forms alike.
//
//	tool                                  daemon
//	  ListDevices  ->
//	                      <-  DeviceList                     and so on, or
//	  Listen  ->
//	                      <-  Result 0, Attached, ..., Detached, ...   or
//	  Connect device 3 port 62078  ->
//	                      <-  Result 0, and bytes from then on
//
// [Server] is the daemon's end of one socket as a plain state machine.
//
// # Ports
//
// PortNumber is the port with its two bytes swapped: 62078 is sent as 32498, by
// some programs as a negative number. [Request] has the real one, and whoever
// writes both ends by himself and forgets the swap notices nothing.
//
// # Writing
//
// Tools read the 16 bytes of a header with one recv. A message must leave in one
// write, or they give up; [Server.NextOutput] gives whole ones.
//
// Sources: usbmuxd 1.1.1 and libusbmuxd 2.0.2 (libimobiledevice), read and
// observed; go-ios and pymobiledevice3, read.
package usbmuxd
