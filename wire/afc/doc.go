// Package afc speaks AFC, the Apple File Conduit: the protocol by which a host
// reads and writes files of an iPhone (com.apple.afc, house_arrest,
// crashreportcopymobile).
//
// # Packets
//
// Every packet has a [Header] of 40 bytes, then arguments, then bulk data; all
// numbers are little-endian. The header counts both: ThisLength up to the end
// of the arguments, EntireLength up to the end of the data. One request gets
// one reply, which repeats its packet number.
//
//	0  "CFA6LPAA"
//	8  u64  EntireLength: header, arguments and data
//	16 u64  ThisLength: header and arguments
//	24 u64  PacketNum
//	32 u64  operation
//
// # Reading
//
// A [Decoder] takes bytes cut anywhere and gives each packet's header and
// arguments as one [Item], and then its bulk data in pieces, in place: a write
// of 1 GiB is never held in memory. Lengths above its [Limits] are refused as
// soon as they are read. [ParseRequest] and [ParseReply] read the arguments.
//
// # Writing
//
// [Request.AppendTo] and the Append functions of replies put a header and its
// arguments behind dst; the data is for the caller to send after them. Nothing
// on the way of file data allocates.
//
// # Meaning
//
// [Ops] is the catalogue: which operation has which arguments, and how sure
// that is. The encoder, the decoder and [Sprint] read it. [FileInfo] and
// [DeviceInfo] are the lists of keys and values that two of the replies carry.
//
// # Sources
//
// Facts come from what libimobiledevice, go-ios, pymobiledevice3 and idevice
// (jkcoxson) send and expect, in part observed with the programs themselves.
// Operations that no client of these uses are marked [Inferred].
package afc
