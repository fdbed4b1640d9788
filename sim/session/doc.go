// Package session runs the protocol engines of wire/... inside a world: it
// feeds them what a transport delivers, writes what they want sent, and calls
// them when their timers are due. The engines know no time and do no I/O; the
// two loops here are where they meet both.
//
// [Pump] drives any engine. [IAP2] is a Pump around an iAP2 link with what
// phone and head unit need on top: control messages, External Accessory
// sessions and file transfers as things to wait for. [NewCarLife] is a Pump
// around one end of CarLife. [TLS] is crypto/tls inside a world. A [Task] is a
// service that a peer may stop, and [Pattern], [Source], [Sink], [Echo] and
// [Duplex] are apps for tests.
package session
