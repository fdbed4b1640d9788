// Package location is com.apple.dt.simulatelocation: a developer tells the phone where
// it is. There is no property list, and no reply; all numbers are big-endian:
//
//	00000000, length (4), latitude as text, length (4), longitude as text    set
//	00000001                                                                 back to the truth
//
// A host sends it in two writes and hangs up at once. From iOS 17 on the service is
// not among those of lockdownd.
//
// Source: libimobiledevice (idevicesetlocation, observed).
package location
