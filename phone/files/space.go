package files

import (
	"math"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// Options set up a tree. The zero value is a phone of 128 GB, half full, whose
// clock stands still.
type Options struct {
	Now       func() time.Time // the phone's clock, such as World.Time
	Total     int64            // bytes; 0: 128 GB
	Free      int64            // bytes; 0: half of Total; negative: none
	BlockSize int64            // bytes; 0: 4096
}

// quota counts free space in whole blocks. What a tree holds when it is made is
// part of what is not free.
type quota struct{ Space }

func newQuota(o Options) quota {
	q := quota{Space{Total: o.Total, Free: o.Free, BlockSize: o.BlockSize}}
	if q.BlockSize <= 0 {
		q.BlockSize = 4096
	}
	if q.Total <= 0 {
		q.Total = 128_000_000_000
	}
	if q.Free == 0 {
		q.Free = q.Total / 2
	}
	q.SetFree(q.Free)
	return q
}

// SetFree sets what is free, up to the total.
func (q *quota) SetFree(bytes int64) { q.Free = min(max(bytes, 0), q.Total) }

// round returns what n bytes take up.
func (q *quota) round(n int64) int64 {
	if n > math.MaxInt64-q.BlockSize {
		return n
	}
	return (n + q.BlockSize - 1) / q.BlockSize * q.BlockSize
}

// give takes bytes out of the free ones, or returns them with a negative n.
func (q *quota) give(n int64) { q.SetFree(q.Free - n) }

func (o Options) clock() func() time.Time {
	if o.Now != nil {
		return o.Now
	}
	return func() time.Time { return sim.Epoch }
}
