package afc

import (
	"time"

	"github.com/plugfest/plugfest/wire/afc"
)

// Options say what the service tells of the phone, and where it departs from a
// good one. The zero value is a good one.
type Options struct {
	// Who is the endpoint's name in the world's events; empty: no events. Each
	// request is one event of layer "state.afc", its kind the operation.
	Who string
	// Model is what GetDeviceInfo says: "iPhone14,7".
	Model string
	// MaxHandles is how many files one connection may have open: 0 means
	// [DefaultMaxHandles]. One more is answered with StatusNoResources.
	MaxHandles int
	// MaxRead is the most bytes of one read: 0 means [DefaultMaxRead]. A longer
	// read is answered short.
	MaxRead int64
	// MaxHash is the longest file that GetFileHash reads: 0 means
	// [DefaultMaxHash]. A longer one is answered with StatusTooMuchData.
	MaxHash int64
	// Limits bound the packets: zero means afc.DefaultLimits.
	Limits afc.Limits
	// Stall is how long a client may pause within a packet: 0 means
	// [DefaultStall], negative for ever. Between packets it may always.
	Stall time.Duration
	// Refuse is asked before each operation; a status other than success is the
	// answer, and nothing is done.
	Refuse func(*afc.Request) afc.Status
	// OldNotEmpty answers RemovePath of a directory that is not empty with
	// StatusUnknownError. Source: libimobiledevice takes that status, in answer
	// to RemovePath, to mean it.
	OldNotEmpty bool
}

// Defaults of [Options].
const (
	// DefaultMaxHandles: a phone ran out after about 200. Source: jkcoxson/idevice
	// issue 45.
	DefaultMaxHandles = 200
	// DefaultMaxRead is inferred: pymobiledevice3 asks for 4 MiB, and loses data
	// when it gets less.
	DefaultMaxRead = 1 << 30
	// DefaultMaxHash is ours: hashing takes time that the world does not see.
	DefaultMaxHash = 4 << 30
	// DefaultStall is ours.
	DefaultStall = time.Minute
)

func (o Options) withDefaults() Options {
	if o.MaxHandles == 0 {
		o.MaxHandles = DefaultMaxHandles
	}
	if o.MaxRead == 0 {
		o.MaxRead = DefaultMaxRead
	}
	if o.MaxHash == 0 {
		o.MaxHash = DefaultMaxHash
	}
	if o.Limits == (afc.Limits{}) {
		o.Limits = afc.DefaultLimits
	}
	if o.Stall == 0 {
		o.Stall = DefaultStall
	}
	return o
}

// RefuseSymlinks is a Refuse for phones that make no symbolic links. Source:
// jkcoxson/idevice; stock iOS answers StatusOpNotSupported.
func RefuseSymlinks(r *afc.Request) afc.Status {
	if r.Op == afc.OpMakeLink && r.LinkType == afc.SymbolicLink {
		return afc.StatusOpNotSupported
	}
	return afc.StatusSuccess
}
