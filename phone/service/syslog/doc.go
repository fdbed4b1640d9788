// Package syslog is com.apple.syslog_relay: the phone's log, poured out as text. A
// host asks nothing; each line ends with a line feed and a NUL:
//
//	Jan  1 00:00:03 Annas-iPhone SpringBoard(FrontBoard)[62] <Notice>: text
//
// Bytes outside of ASCII are escaped as vis(3) does: "\M-C\M-)" is "é". A host that
// reads slowly loses lines, and holds up nobody.
//
// Source: libimobiledevice (idevicesyslog), go-ios (syslog, vis).
package syslog
