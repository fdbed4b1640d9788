// Package hid carries iAP2 link packets in USB HID reports, as an iPhone in the
// role of USB device does, and has what an accessory needs to be a remote
// control over the control session.
//
// # Carriage
//
// The iPhone's second configuration has an HID interface with reports of many
// sizes. A link packet goes into the smallest report that holds it, or into
// several reports, each with a link control byte that says where in the packet
// it stands:
//
//	offset  size  field
//	0       1     report id
//	1       1     link control: bit 0 continues a packet, bit 1 more follows
//	2       ...   data, then zeros up to the report's length
//
// Reports of the device come over the interrupt endpoint; the accessory sends
// its own by SET_REPORT on endpoint 0. Fragmenter and Reassembler do both
// directions over a Layout, which lists the reports. ParseDescriptor reads a
// Layout from a HID report descriptor, and Layout.AppendDescriptor writes the
// descriptor that an iPhone shows.
//
// Source: wiomoc/iap2 and oandrew/ipod agree; sizes from the report descriptor
// of oandrew/ipod-gadget.
package hid
