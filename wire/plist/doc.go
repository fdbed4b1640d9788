// Package plist reads and writes Apple property lists, XML and binary, from
// peers that are not to be trusted.
//
// The reading and writing itself is howett.net/plist. That library takes a
// document at its word: a few hundred bytes of a binary list whose arrays share
// references expand to any number of values, a deep one exhausts the stack, a
// broken one panics, and what is neither XML nor binary is tried as a third,
// older form. So every document passes [Check] first, which reads it in bounded
// time and memory, expands nothing, and says where it is wrong:
//
//	plist: offset 312: DeviceList[2].Properties: 65 levels deep, limit 64
//
// [Decode] and [DecodeInto] check by themselves. [AppendXML] and [AppendBinary]
// refuse the values that the library would write wrongly.
//
// # Values
//
// Decode gives string, bool, uint64, int64 (negative numbers), float64, float32
// (binary lists only), []byte, time.Time, [UID], []any and map[string]any.
// [Fields] reads a dictionary field by field, with errors that name the field.
//
// # Sources
//
// Both forms: howett.net/plist and libplist. What the peers of usbmux and
// lockdown send: libimobiledevice, go-ios and pymobiledevice3.
package plist
