// Package link is the iAP2 link layer for both ends: it turns a byte transport
// into sessions of ordered, acknowledged packets.
//
// [Packet], [Decoder] and [Syn] are the bytes. [Engine] is one end of a link, a
// plain state machine: it is handed transport bytes and the time, and hands out
// packets, events and its next deadline.
//
// # Course of a link
//
//	accessory                                   device
//	  FF 55 02 00 EE 10  ->
//	                      <-  FF 55 02 00 EE 10
//	  SYN  seq=a                           ->
//	                      <-  SYN|ACK  seq=d ack=a
//	  ACK  seq=a ack=d                     ->        up on both sides
//	  data seq=a+1 ...                    <->        data seq=d+1 ...
//
// A link that ends, by RST, by too many retransmissions or by a peer that begins
// anew, is reported as a Down event, and the engine goes back to detection by
// itself. What was queued is dropped; whoever sent it has to send it again.
package link
