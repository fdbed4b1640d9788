package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/plugfest/plugfest/sim"
)

// patternLen is the period of [Pattern] in bytes: a prime, so that no run of
// packets or buffers lines up with it.
const patternLen = 1048573

// patternBlock is one period. It never changes: worlds may share it.
var patternBlock = makePattern()

func makePattern() []byte {
	b := make([]byte, patternLen)
	rand.NewChaCha8([32]byte([]byte("plugfest: bytes to tell apart..."))).Read(b)
	return b
}

// A Pattern is an endless stream of fixed bytes by which a lost, repeated or
// misplaced byte shows. It is the same in every world.
type Pattern struct{ off int }

// Read fills b; it never fails.
func (p *Pattern) Read(b []byte) (int, error) {
	for done := 0; done < len(b); {
		k := copy(b[done:], patternBlock[p.off:])
		done += k
		if p.off += k; p.off == patternLen {
			p.off = 0
		}
	}
	return len(b), nil
}

// Check compares b with the next bytes of the pattern, and returns an error
// with the place of the first difference.
func (p *Pattern) Check(b []byte) error {
	if end := p.off + len(b); end < patternLen && bytes.Equal(b, patternBlock[p.off:end]) {
		p.off = end // the quick way, and the usual one
		return nil
	}
	for i := range b {
		if b[i] != patternBlock[p.off] {
			return fmt.Errorf("session: byte %d of this piece is %02X, the pattern has %02X", i, b[i], patternBlock[p.off])
		}
		if p.off++; p.off == patternLen {
			p.off = 0
		}
	}
	return nil
}

// PatternHash returns the SHA-256 of the first n bytes of the pattern, in hex.
func PatternHash(n int64) string {
	h := sha256.New()
	io.Copy(h, io.LimitReader(&Pattern{}, n))
	return hex.EncodeToString(h.Sum(nil))
}

// pieceLen is how much the apps write at once.
const pieceLen = 64 << 10

// Source writes the first n bytes of the pattern.
func Source(c io.Writer, n int64) error {
	var p Pattern
	buf := make([]byte, pieceLen)
	for n > 0 {
		k := min(n, pieceLen)
		p.Read(buf[:k])
		if _, err := c.Write(buf[:k]); err != nil {
			return err
		}
		n -= k
	}
	return flush(c)
}

// Sink reads and drops until the stream ends, or n bytes have come where n is
// above 0. It returns how many came.
func Sink(c io.Reader, n int64) (int64, error) {
	buf := make([]byte, pieceLen)
	var got int64
	for n <= 0 || got < n {
		k, err := c.Read(buf)
		got += int64(k)
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

// Echo writes back what it reads until the stream ends.
func Echo(c io.ReadWriter) error {
	buf := make([]byte, pieceLen)
	for {
		k, err := c.Read(buf)
		if k > 0 {
			if _, err := c.Write(buf[:k]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Duplex writes the first n bytes of the pattern and meanwhile reads as many,
// which must be the same: the peer sends the pattern too, or echoes. At a byte
// that differs it gives up at once, and what it has not written yet is written
// until the stream is closed. A stream that ends before is an
// [io.ErrUnexpectedEOF].
func Duplex(w *sim.World, c io.ReadWriter, n int64) error {
	done := w.NewCond("the other direction")
	var sent bool
	var sendErr error
	w.Go("duplex writer", func() {
		sendErr = Source(c, n)
		sent = true
		done.Signal()
	})
	err := compare(c, n)
	if errors.Is(err, errDiffers) {
		return err
	}
	done.WaitFor(sim.Never, func() bool { return sent })
	if sendErr != nil {
		return sendErr
	}
	return err
}

// errDiffers is of bytes that are not those of the pattern.
var errDiffers = errors.New("session: bytes were damaged, lost or put in another order")

// compare reads n bytes and checks that they are the first of the pattern.
func compare(c io.Reader, n int64) error {
	var p Pattern
	buf := make([]byte, pieceLen)
	for got := int64(0); got < n; {
		k, err := c.Read(buf[:min(n-got, pieceLen)])
		if err := p.Check(buf[:k]); err != nil {
			return fmt.Errorf("%w, in %d bytes read at %d: %w", errDiffers, k, got, err)
		}
		got += int64(k)
		switch {
		case got == n:
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
	return nil
}
