// Package dissect says what transferred bytes mean. A [Dissector] observes the
// raw events of a world or of a capture, passes each on, and right after it the
// events that it completed:
//
//	layer         what
//	usb.request   control requests by their names, at completion
//	usbmux        packets of the mux on an iPhone's pipes, totals of connections
//	lockdown      requests and replies on port 62078
//	usbmuxd       what programs and a usbmuxd say to each other, and totals
//	iap2.link     markers, packets, damaged and repeated ones too
//	iap2.control  messages by their catalogue names, with their parameters
//	iap2.ea       datagrams and totals of External Accessory sessions
//	iap2.file     datagrams of the file transfer session
//	ea.native     opening, closing and data of EA native transports
//	carlife       messages by their catalogue names, with their fields
//	mfi           reads and writes of the coprocessor's registers
//
// A derived event has the Seq and At of the raw event that completed it. Who is
// the sender, the field "peer" the receiver. It and its slices are valid only
// while the sink is called.
//
// TLS hides what is in it. An end that has the keys may tell, by raw events of the
// layer "tls": "open" with stream, bus, dev and port, then "data" with stream and
// out=1 for what it sends, then "close". Sockets are no wires: whoever sits at one
// of a usbmuxd tells what passes by events of the layer "socket": "open" by the
// program, then "data" and "close" by either end, each with socket and peer.
//
// The Dissector learns from the stream alone: devices and their interfaces from
// GET_DESCRIPTOR, SET_CONFIGURATION and SET_INTERFACE, session types from the
// link's SYN, EA protocols from identification and session start. Where a
// capture begins too late for that, it recognises iAP2 and CarLife by their
// first bytes. It keeps a bounded amount of state, whatever the stream.
package dissect
