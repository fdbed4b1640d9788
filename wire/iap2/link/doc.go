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
//
// # Rules
//
// A packet with a payload uses up a number, an EAK excepted; all other packets
// repeat the last one. An acknowledgement names the last number received in
// sequence. It rides on data, or leaves alone after the cumulative ack timeout
// or after the maximum of cumulative acks. A packet ahead of a hole is kept and
// answered by an EAK that names all missing numbers; a duplicate, or one beyond
// the window, is answered by an acknowledgement. The oldest packet outstanding
// is repeated byte for byte after the retransmission timeout; after the maximum
// of retransmissions the link is dead: RST, a pause of 200 ms, detection, all
// within 30 s.
//
// Sources: wiomoc/iap2, JoeyEamigh/bridgething, wllm-rbnt/third-eye,
// redline-labs/digital_dashboard, f-io/LIVI. Inferred, for want of a public
// source: counter-proposals, SLP, what a SYN or marker on a link that is up
// means, and the violations.
//
// # What the protocol can and cannot guarantee
//
// While a link is up, its payloads are delivered once and in order, provided that
//
//   - damage is what the checksums can see. They are 8-bit sums: any change
//     within one byte of the header and one of the payload is caught, two
//     changes that cancel out are not, and one in 256 of random ones is not.
//   - no packet arrives so late that its number has come round. With a window
//     of w packets and a packet overtaken by n others, 2w + n must stay within
//     256: an iPhone's window of 127 needs a transport that keeps order.
//
// A repeated data packet brings the acknowledgement number of its first
// transmission, which may be hundreds of packets old and look fresh. An engine
// that took it at face value would drop packets that never arrived; this one
// reads it relative to what was outstanding when the peer was first known to
// have used the packet's number, and skips it where that is ambiguous.
//
// When a link ends, the receiver has had the first so many of the packets sent,
// in order, and neither side knows how many of those not acknowledged. Both
// sides report Down: the one that ends the link by itself, the other by the
// RST, or, if that is lost, by the marker or SYN that follows it, or by its own
// retransmissions. A side that has nothing to send, and whose peer is silent
// for good, cannot notice: there is no keep-alive.
//
// No field tells the packets of one link from those of the next. Three things
// keep old packets out: the pause, in which the engine is deaf; numbers that go
// on where the old link ended, so that an old packet is a duplicate and its
// acknowledgement is of nothing outstanding; and a grace after coming up, in
// which a SYN or marker counts as an old one. On a transport that keeps order
// this is more than needed. On others it holds for packets overtaken by fewer
// than 64, if the peer's numbers go on as well; an old packet of a peer that
// draws them at random has to fit both the window and the acknowledgements.
package link
