package link

// Counters are totals since [New].
type Counters struct {
	PacketsSent, PacketsReceived uint64 // link packets of all kinds
	DataSent, DataReceived       uint64 // packets with a payload, first transmission, in sequence
	BytesSent, BytesReceived     uint64 // payload bytes of those
	AcksSent, AcksReceived       uint64 // bare acknowledgements
	EAKsSent, EAKsReceived       uint64
	Retransmissions              uint64 // for want of an acknowledgement
	Resends                      uint64 // asked for by EAK
	Duplicates                   uint64 // received again
	OutOfOrder                   uint64 // received early and kept
	BeyondWindow                 uint64 // received too early and dropped
	Overruns                     uint64 // dropped for lack of polling
	BadFrames                    uint64 // packets and bytes that the decoder gave up
	Ups, Downs, Violations       uint64
}
