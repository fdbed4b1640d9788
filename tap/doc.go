// Package tap sits between a program and the socket of a usbmuxd, passes every
// byte on as it comes, and says what the bytes mean.
//
// A conversation begins with messages of the client protocol. Once a Connect is
// answered with OK it is a connection to a port of the phone, whose protocol is
// told from its bytes: property lists (those of lockdown by their meaning), TLS
// records, AFC packets, or plain bytes. What is inside of TLS stays closed: the
// tap has no keys, and says so.
//
// Passing on never waits for decoding, and what cannot be decoded is passed on all
// the same.
package tap
