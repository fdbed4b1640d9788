package files

import (
	"io"
	"slices"
)

// chunkSize is the unit in which a file is kept. What was never written has no
// chunk, or lies behind the end of its chunk, and reads as zeros.
const chunkSize = 64 << 10

// content is what a regular file holds.
type content struct {
	size   int64
	held   int64 // bytes of whole blocks taken up
	chunks map[int64][]byte
}

func (c *content) readAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, ErrInvalid
	}
	if off >= c.size {
		return 0, io.EOF
	}
	var err error
	if int64(len(p)) > c.size-off {
		p, err = p[:c.size-off], io.EOF
	}
	for done := 0; done < len(p); {
		at := off + int64(done)
		from := int(at % chunkSize)
		piece := p[done:min(len(p), done+chunkSize-from)]
		n := 0
		if chunk := c.chunks[at/chunkSize]; from < len(chunk) {
			n = copy(piece, chunk[from:])
		}
		clear(piece[n:])
		done += len(piece)
	}
	return len(p), err
}

func (c *content) writeAt(p []byte, off int64, q *quota) (done int, err error) {
	if off < 0 {
		return 0, ErrInvalid
	}
	if off+int64(len(p)) < 0 {
		return 0, ErrTooLarge
	}
	for done < len(p) {
		at := off + int64(done)
		from := int(at % chunkSize)
		piece := p[done:min(len(p), done+chunkSize-from)]
		chunk := c.chunks[at/chunkSize]
		if end := from + len(piece); end > len(chunk) {
			had := q.round(int64(len(chunk)))
			if most := had + q.Free/q.BlockSize*q.BlockSize; int64(end) > most {
				if most <= int64(from) {
					return done, ErrNoSpace
				}
				end = int(most)
				piece = piece[:end-from]
			}
			more := q.round(int64(end)) - had
			q.give(more)
			c.held += more
			if c.chunks == nil {
				c.chunks = map[int64][]byte{}
			}
			c.chunks[at/chunkSize] = extend(chunk, piece, from)
		} else {
			copy(chunk[from:], piece)
		}
		done += len(piece)
		c.size = max(c.size, off+int64(done))
	}
	return done, nil
}

// extend writes piece to a chunk that gets longer by it.
func extend(chunk, piece []byte, from int) []byte {
	if gap := from - len(chunk); gap > 0 {
		chunk = append(chunk, make([]byte, gap)...)
	}
	if end := from + len(piece); end > cap(chunk) && 2*cap(chunk) >= chunkSize {
		chunk = slices.Grow(chunk[:from:from], chunkSize-from) // the last time
	}
	return append(chunk[:from], piece...)
}

func (c *content) truncate(size int64, q *quota) error {
	if size < 0 {
		return ErrInvalid
	}
	if size < c.size {
		for i, chunk := range c.chunks {
			keep := min(max(size-i*chunkSize, 0), int64(len(chunk)))
			less := q.round(int64(len(chunk))) - q.round(keep)
			q.give(-less)
			c.held -= less
			if keep == 0 {
				delete(c.chunks, i)
			} else {
				c.chunks[i] = chunk[:keep]
			}
		}
	}
	c.size = size
	return nil
}
