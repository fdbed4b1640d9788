package service

import (
	"github.com/plugfest/plugfest/phone/state"
)

// A Service is one that lockdownd can start.
type Service struct {
	// Name is what a host asks for: "com.apple.mobile.heartbeat".
	Name string
	// IOS is which versions have it; the others answer InvalidService.
	IOS state.Range
	// Classes that have it; none means all.
	Classes []string
	// Developer services need a mounted developer disk image.
	Developer bool
	// Insecure services start without a session, and without TLS.
	Insecure bool
	// Clear services go on in clear text after the TLS handshake, for iOS before
	// ClearUntil; the zero version means all.
	Clear      bool
	ClearUntil state.Version
	// Open services may be started on a phone that has not been unlocked since it
	// was switched on, without its escrow bag.
	Open bool
	// Serve speaks with a host until either hangs up. The session is closed after
	// it returns; an error is told to the world's observers.
	Serve func(*Session) error
}

// Offered reports whether a phone has the service, whatever its state.
func (s *Service) Offered(phone *state.State) bool {
	if !s.IOS.Has(phone.Version) {
		return false
	}
	for _, c := range s.Classes {
		if c == phone.Model.Class {
			return true
		}
	}
	return len(s.Classes) == 0
}

// ClearFor reports whether the service leaves TLS after the handshake.
func (s *Service) ClearFor(v state.Version) bool {
	return s.Clear && (s.ClearUntil.IsZero() || v.Compare(s.ClearUntil) < 0)
}
