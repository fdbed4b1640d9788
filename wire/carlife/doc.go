// Package carlife speaks Baidu CarLife: the protocol by which a phone app
// shows itself on a car's screen.
//
// # Parties
//
// The head unit (HU) is the client, the mobile device (MD, the phone app) the
// server. Six channels run between them: command, video, media audio, TTS, VR
// and touch. A [Message] belongs to one channel, and its [ID] says which.
//
// # Bytes
//
// Command and touch messages have an 8-byte header, the four media channels
// one of 12 bytes. On a carrier with a connection for each channel (TCP,
// usbmux) messages follow each other plainly: [Message.AppendTo] and
// [ChannelDecoder]. On a single byte pipe (External Accessory native transport,
// Android Open Accessory) each is wrapped in a mux frame: [Message.AppendMux]
// and [MuxDecoder]. Both decoders take bytes split anywhere, allocate nothing
// for a frame once warm, and stop for good at the first impossible value,
// because the protocol has no checksum and no way to find its place again.
//
// # Meaning
//
// [Lookup] and [Messages] give the catalogue. [Decode] turns a payload into the
// protobuf message that the catalogue names (package carlifepb), [NewMessage]
// does the reverse, and [Sprint] prints one dense line.
//
// # Sessions
//
// [Phone] and [Vehicle] are the two ends as plain state machines. They do no I/O
// and know no clock: feed them messages and the time, take out messages,
// events and the next deadline.
//
//	v.Feed(now, m)                     // what arrived
//	for ev := v.Poll(); ev != nil; ev = v.Poll() { ... }
//	for out, ok := v.NextOutput(); ok; out, ok = v.NextOutput() { ... }
//	at, ok := v.Deadline()             // when to call v.Tick
//
// [Fault] switches break an end in exactly one way, for benches that must show
// that they notice.
//
// # Sources
//
// Facts come from the vehicle code that Baidu published under Apache-2.0
// (apollo-DuerOS): the C++ vehicle library and the Android head-unit
// application. The phone's own code is not public; where a phone's behaviour is
// inferred, the comment says so.
package carlife
