// Package usbmux is the mux on an iPhone's bulk pipes, through which every
// connection to lockdown, its services and an app's ports goes: both ends of it,
// protocol versions 1 and 2.
//
// [Packet], [VersionInfo], [Control] and [Segment] are the bytes. [Engine] is one
// end, a plain state machine: it is handed USB transfers and the time, and hands
// out transfers, events and its next deadline. [Conn] is a connection in it.
//
// # Course of a session
//
//	host                                        device
//	  VERSION 2.0  ->
//	                        <-  VERSION 2.0
//	  SETUP 07  ->                                      up on both sides
//	  1 > 62078 SYN seq=0  ->                           Incoming; Accept
//	                        <-  62078 > 1 SYN|ACK seq=0 ack=1
//	  1 > 62078 ACK seq=1 ack=1  ->                     Connected on both sides
//	  1 > 62078 ACK seq=1 ack=1 data  ->                Data; Read
//	                        <-  62078 > 1 ACK ack=1+n
//	  1 > 62078 RST  ->                                 Closed
//
// It looks like TCP and is not. Nothing is repeated: USB loses nothing, and a
// packet that gets lost all the same leaves its connection stuck. No FIN, no
// checksum, no options; the flags are SYN, SYN|ACK, ACK and RST, and nothing
// else. A connection that was refused or is over is told by RST.
//
// # Flow
//
// What the owner of a connection has not read stays in the engine, at most
// Window bytes, and is not acknowledged: the peer may have that much under way,
// and then waits. So a slow reader stalls its own connection alone. Write takes
// what the queue has room for, and Writable tells when there is more.
//
// # Transfers
//
// One packet is one USB transfer. What is a multiple of the pipe's packet size
// needs a zero-length packet at its end, in both directions, which is the
// carrier's business: [NeedsZeroPacket]. Packets to a device stay below 65536
// bytes, those to a host at or below. [Chunks] shows a transfer as a host's reads
// see it.
//
// # Sources
//
// usbmuxd 1.1.1 and its development branch, usbmuxd2 and rusbmux, read; the first
// one observed as well. What real phones do is from published logs and issue
// threads, and is marked where a single witness stands behind it.
package usbmux
