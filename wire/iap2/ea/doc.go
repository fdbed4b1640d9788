// Package ea reads and writes the datagrams of the external accessory session
// of an iAP2 link, and keeps account of which sessions are open.
//
// An app opens a protocol of the accessory: the device sends
// StartExternalAccessoryProtocolSession (EA00) with an id, and from then on both
// sides send datagrams with that id until EA01, or EA03 with status close.
// Their data form a byte stream; there is no further framing.
//
// The other way for an app to reach its accessory is the native transport, a
// USB endpoint pair of its own. It carries bare bytes and needs nothing from
// this package.
//
// Source: wiomoc/iap2, JoeyEamigh/bridgething and redline-labs/digital_dashboard
// agree.
package ea
