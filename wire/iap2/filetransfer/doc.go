// Package filetransfer reads and writes the datagrams of the file transfer
// session of an iAP2 link, and holds the state of transfers on both sides.
//
// The device sends files of its own accord, artwork above all. It announces a
// file with its size and type, waits for the accessory to start it, sends the
// data, and waits for the verdict:
//
//	device     setup                first ... last (or only)
//	accessory         start                                  success
//
// Either side may cancel; the accessory may pause and start again. A Sender
// holds one outgoing file, a Receiver all incoming ones. Both are plain state:
// what they want to send they append to a buffer, and nothing in them waits.
//
// Source: JoeyEamigh/bridgething; f-io/LIVI and redline-labs/digital_dashboard
// against real devices. Code 06 and resuming by a second start are inferred.
package filetransfer
