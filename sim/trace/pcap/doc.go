// Package pcap writes USB and I2C transfers as captures that Wireshark and
// tshark open, and reads such captures back: our own, and those of usbmon on a
// real kernel.
//
// # Writing
//
// [Writer] makes a pcapng file of link type 220 (LINKTYPE_USB_LINUX_MMAPPED)
// from the events of layer "usb", [I2CWriter] one of link type 209
// (LINKTYPE_I2C_LINUX) from those of layer "i2c":
//
//	out := pcap.NewWriter(file, sim.Epoch)
//	world.Observe(out.Observe)
//	...
//	err := out.Flush()
//
// Nothing of the machine or the hour gets into a file: equal events make equal
// bytes.
//
// # Reading
//
// [Reader] gives back the events of pcapng and classic pcap files, compressed
// or not, of link types 189, 220 and 209. [ReadAll] also finds out who is the
// phone and who the head unit.
package pcap
