package mfi

import (
	"fmt"
	"time"
)

// Options are the choices of [Open]. The zero value is right for a chip on an ordinary board.
type Options struct {
	// Addresses are tried in turn until one answers. Default 0x10 and 0x11.
	Addresses []uint16
	// Timeout bounds each register access, retries included. Default 1 s (as WACResearch).
	Timeout time.Duration
	// SignTimeout bounds the time from the start of a signature until its status is read. Default 3 s; the slowest signature
	// seen in the field took 1.9 s.
	SignTimeout time.Duration
	// RetryInterval is the pause between attempts. Default 500 us (as HomeKitADK). It must stay below 30 ms, after which
	// the chip may sleep again.
	RetryInterval time.Duration
	// PollInterval is the pause between attempts while the chip signs. Default 5 ms; the same limit holds.
	PollInterval time.Duration
	// Style is the way in which the certificate is read. Default [PageByPage].
	Style CertificateStyle
	// ChunkSize is the size of a read in style [Chunked]. Default 33 bytes.
	ChunkSize int
	// AcceptUnknownVersion goes by the protocol major version alone and lets any device version pass, for parts such as the
	// 2.0B, whose device version is in no public source.
	AcceptUnknownVersion bool
	// Trace, when not nil, is told of every attempt on the bus. The slices are only valid during the call.
	Trace func(Attempt)
}

// Attempt is one transaction that the driver tried: a write when R is empty, else a read.
type Attempt struct {
	Start, End time.Duration
	Addr       uint16
	W, R       []byte
	Err        error
}

// awakeWindow is the shortest idle time after which a chip was seen asleep. Source: redline-labs/digital_dashboard.
const awakeWindow = 30 * time.Millisecond

func (o Options) withDefaults() (Options, error) {
	if len(o.Addresses) == 0 {
		o.Addresses = []uint16{AddressRSTLow, AddressRSTHigh}
	}
	for _, d := range []struct {
		field *time.Duration
		name  string
		value time.Duration
		limit time.Duration
	}{
		{&o.Timeout, "Timeout", time.Second, 0},
		{&o.SignTimeout, "SignTimeout", 3 * time.Second, 0},
		{&o.RetryInterval, "RetryInterval", 500 * time.Microsecond, awakeWindow},
		{&o.PollInterval, "PollInterval", 5 * time.Millisecond, awakeWindow},
	} {
		switch {
		case *d.field == 0:
			*d.field = d.value
		case *d.field < 0:
			return o, fmt.Errorf("mfi: open: %w: %s is %v, want a positive duration", ErrOptions, d.name, *d.field)
		case d.limit > 0 && *d.field >= d.limit:
			return o, fmt.Errorf("mfi: open: %w: %s is %v, but the chip may sleep again after %v; choose less", ErrOptions, d.name, *d.field, d.limit)
		}
	}
	if o.ChunkSize == 0 {
		o.ChunkSize = 33
	}
	if o.ChunkSize < 0 {
		return o, fmt.Errorf("mfi: open: %w: ChunkSize is %d, want a positive number of bytes", ErrOptions, o.ChunkSize)
	}
	if o.Style > Chunked {
		return o, fmt.Errorf("mfi: open: %w: Style is %d, want PageByPage, WholeRead, Continued or Chunked", ErrOptions, o.Style)
	}
	return o, nil
}
