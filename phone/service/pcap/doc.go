// Package pcap is com.apple.pcapd: what passes the phone's network interfaces. The host
// says nothing; each packet is a frame whose property list is data: a header, and the
// packet.
//
//	offset  size
//	     0     4  length of the header, big-endian: 95
//	     4     1  version: 2
//	     5     4  length of the packet, big-endian
//	     9     1  type of the interface: 6 is Ethernet, 0xFF a mobile network
//	    10     2  unit of the interface
//	    12     1  direction: 1 in, 16 out
//	    13     4  protocol family, big-endian: 2 IPv4, 30 IPv6
//	    17     4  length of the link header, big-endian: 14, or 0 if there is none
//	    21     4  length of the link trailer, big-endian
//	    25    16  name of the interface
//	    41     4  process id, little-endian
//	    45    17  name of the process
//	    62     4  service class
//	    66     4  effective process id, little-endian
//	    70    17  effective name
//	    87     4  seconds since 1970, big-endian
//	    91     4  microseconds, big-endian
//
// Source: go-ios (pcap), pymobiledevice3 (pcapd.py). Version, types and directions
// are those of Darwin's pktap (bsd/net/pktap.h, inferred for pcapd).
package pcap
