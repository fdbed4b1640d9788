package state

import "time"

// A Packet is one that passed a network interface of the phone.
type Packet struct {
	Time      time.Time
	Interface string // "en0", "pdp_ip0", "lo0"
	Outgoing  bool
	Process   string
	PID       uint32
	Ethernet  []byte // header of 14 bytes; nil where the interface has none
	IP        []byte // the packet
}
