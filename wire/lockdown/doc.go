// Package lockdown is what a host and an iPhone say to each other on port 62078:
// framing, requests and replies, error strings, and pair records with their
// certificates. The framing is that of most services behind it as well.
//
// # Framing
//
// A message is a length of four bytes, big-endian, and a property list, XML or
// binary. [Decoder] cuts a stream into messages, [AppendFrame] writes one.
// libimobiledevice reads the length with a single recv: length and list must
// leave in one write, which is why everything here appends whole messages.
//
// # Course of a session
//
//	host                                         device
//	  QueryType  ->
//	                       <-  com.apple.mobile.lockdown
//	  GetValue ProductVersion  ->
//	                       <-  17.0
//	  StartSession HostID, SystemBUID  ->
//	                       <-  SessionID, EnableSessionSSL true
//	  ... TLS from here, the device being the server ...
//	  GetValue, StartService, ...  ->
//	                       <-  ...
//	  StopSession  ->
//	                       <-  Success
//	  ... and in the clear again
//
// Each request is answered before the next one, and each reply echoes the name
// of its request: libimobiledevice takes any other for an unknown error.
//
// # Pairing
//
// The host makes three certificates, of a root, of itself, and of the key that
// the device gave it ([NewCertificates]), and sends them with Pair. In TLS the
// device then shows the one that this very host made for it. They are odd
// enough, without names and until recently signed with SHA-1, that Go's own
// verification refuses them; [PairRecord.Check] looks at what matters.
//
// # Sources
//
// libimobiledevice 1.3.0 and usbmuxd 1.1.1, read and observed; the development
// branch of libimobiledevice, go-ios, pymobiledevice3 and idevice, read.
package lockdown
