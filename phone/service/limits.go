package service

import (
	"time"

	"github.com/plugfest/plugfest/wire/plist"
)

// Limits bound what a host may cost. A zero field means its default.
type Limits struct {
	Handshake time.Duration // for a TLS handshake: 30 s
	Frame     time.Duration // from the first byte of a frame, or of a TLS record, to its last: 60 s
	Plist     plist.Limits  // of each property list
}

// Defaults of [Limits]. Host tools take fractions of these.
const (
	DefaultHandshake = 30 * time.Second
	DefaultFrame     = 60 * time.Second
)

// WithDefaults fills in what is zero.
func (l Limits) WithDefaults() Limits {
	if l.Handshake <= 0 {
		l.Handshake = DefaultHandshake
	}
	if l.Frame <= 0 {
		l.Frame = DefaultFrame
	}
	if l.Plist.Size <= 0 {
		l.Plist.Size = plist.DefaultSize
	}
	return l
}
