// Package usbmuxd reads and writes what programs say to usbmuxd over its client
// socket, for both ends: the binary protocol of early tools (version 0) and the
// property lists of today's (version 1).
//
// A [Decoder] cuts a stream into messages. [ParseRequest] tells a daemon what it
// is asked, in either version; [Reply] and [Notification] answer in the version
// of the question. [ParseReply] and [AppendRequest] are the client's side.
//
// Once a Connect was answered with [OK], the rest of the stream is the
// connection itself: [Decoder.Rest] hands back what was read too far.
//
// Source: libimobiledevice/usbmuxd and libusbmuxd, observed with Debian's
// usbmuxd 1.1.1 and its tools.
package usbmuxd
