// Package sdp has the service class UUIDs by which the two ends of iAP2 over
// Bluetooth find each other. The link runs on an RFCOMM channel; the number of
// the channel stands in the service record that has the UUID.
package sdp

// Service class UUIDs, as text. In a service record they stand in this order of
// bytes, as a data element of 128 bits.
//
// Source: exrector/carthing-custom-linux and JoeyEamigh/bridgething; wiomoc/iap2
// has that of the accessory.
const (
	// Accessory is in the record of an accessory, where a phone looks for it.
	Accessory = "00000000-deca-fade-deca-deafdecacaff"
	// Device is in the record of an iPhone.
	Device = "00000000-deca-fade-deca-deafdecacafe"
)
