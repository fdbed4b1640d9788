package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Rand returns a random stream that depends on the world's seed and on name
// alone: what one part draws does not shift what another gets.
func (w *World) Rand(name string) *rand.Rand { return rand.New(w.source(name)) }

// Bytes returns a stream of random bytes in the same way, as an [io.Reader] that
// never fails. It is for keys and nonces of simulated devices, and not secret.
func (w *World) Bytes(name string) *rand.ChaCha8 { return w.source(name) }

func (w *World) source(name string) *rand.ChaCha8 {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, w.seed))
	h.Write([]byte(name))
	return rand.NewChaCha8([32]byte(h.Sum(nil)))
}
