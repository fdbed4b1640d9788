// Package afc is the service by which a host reads and writes the files of the
// simulated phone: com.apple.afc, and every other service that speaks AFC once
// it is running (house_arrest, crashreportcopymobile).
//
// [Serve] answers one connection over a [files.Tree]. Any number of connections
// may share a tree: a file that one removes stays readable for another that has
// it open, and locks count across them. File data passes in pieces, so a write
// or a read of 1 GiB costs no more memory than one of 64 KiB.
//
// # Errors
//
// What fails is answered with a status and changes nothing else: an unknown
// operation, a handle that is not open, arguments cut short. Only where the next
// packet cannot be found any more (a wrong magic, lengths that contradict each
// other or are beyond [Options].Limits) does the connection end, after one
// last status.
//
// The statuses are those that real phones gave to the tests of pymobiledevice3
// and idevice, or that ifuse and libimobiledevice expect; doc comments say where
// one is inferred.
//
// Package afctest has a client.
package afc
