package chip

import (
	"fmt"
	"strings"
	"time"
)

// Transaction is one message as it was on the wire.
type Transaction struct {
	Start, End time.Duration
	Addr       uint16 // 7 bits
	Read       bool
	Repeated   bool          // began with a repeated START
	Ack        bool          // the address was acknowledged
	Stop       bool          // ended with a STOP
	Stretch    time.Duration // how long the chip held the clock low
	Wanted     int           // bytes that the host meant to transfer
	Data       []byte        // bytes that were transferred, none without Ack
	Err        error         // what the host was told
}

// String is one dense line: time, S or Sr, address, direction, acknowledge, bytes, P.
//
//	1.25ms S 10 W ACK 30 P
//	1.45ms S 10 R NACK P
func (t Transaction) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v ", t.Start)
	if t.Repeated {
		b.WriteString("Sr ")
	} else {
		b.WriteString("S ")
	}
	way, ack := "W", "NACK"
	if t.Read {
		way = "R"
	}
	if t.Ack {
		ack = "ACK"
	}
	fmt.Fprintf(&b, "%02X %s %s", t.Addr, way, ack)
	if t.Stretch > 0 {
		fmt.Fprintf(&b, " (stretched %v)", t.Stretch)
	}
	if len(t.Data) > 0 {
		fmt.Fprintf(&b, " % X", t.Data)
	}
	if t.Stop {
		b.WriteString(" P")
	}
	return b.String()
}
