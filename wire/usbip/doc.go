// Package usbip reads and writes USB/IP: how USB transfers cross a network.
//
// A connection has two layers, one after the other. The OP layer is a request
// and its reply: a list of devices ([Device]), or an import. After a good import
// the URB layer begins and lasts as long as the connection: a client sends
// [Request]s (CMD_SUBMIT, CMD_UNLINK), a server [Reply]s (RET_SUBMIT,
// RET_UNLINK), each 48 bytes, and what data belongs to them follows.
//
//	CMD_SUBMIT OUT   [Request], Length bytes
//	CMD_SUBMIT IN    [Request]
//	RET_SUBMIT OUT   [Reply]
//	RET_SUBMIT IN    [Reply], Actual bytes
//
// Isochronous ones have an array of [Packet] at the end, in both directions.
// Whether a transfer is isochronous stands in the device's descriptors and
// nowhere in the headers: clients differ in what they write into
// number_of_packets of other transfers.
//
// Everything is big-endian, except the setup packet and the data itself.
//
// Source: Linux Documentation/usb/usbip_protocol.rst and drivers/usb/usbip.
package usbip
