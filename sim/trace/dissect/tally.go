package dissect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/plugfest/plugfest/sim"
)

// tally sums up what a session moved in one direction, so that a scenario can
// ask for every byte of a long transfer in one line.
type tally struct {
	bytes int64
	sum   hash.Hash
}

func (t *tally) add(b []byte) {
	if t.sum == nil {
		t.sum = sha256.New()
	}
	t.bytes += int64(len(b))
	t.sum.Write(b)
}

// same reports whether both moved the same bytes, and some.
func (t *tally) same(o *tally) bool {
	return t.bytes > 0 && t.bytes == o.bytes && bytes.Equal(t.sum.Sum(nil), o.sum.Sum(nil))
}

// fields appends the total under name, and its SHA-256 under name_sha256.
func (t *tally) fields(f []sim.Field, name string) []sim.Field {
	f = append(f, sim.Int(name, t.bytes))
	if t.bytes > 0 {
		f = append(f, sim.Text(name+"_sha256", hex.EncodeToString(t.sum.Sum(nil))))
	}
	return f
}
