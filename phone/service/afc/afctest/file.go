package afctest

import (
	"io"

	"github.com/plugfest/plugfest/wire/afc"
)

// File is an open file of the phone.
type File struct {
	c      *Client
	Handle uint64
	req    afc.Request // kept, so that reading and writing allocate nothing
	dst    slice
}

// slice is a writer into a buffer of the caller's.
type slice struct{ free []byte }

func (s *slice) Write(p []byte) (int, error) {
	n := copy(s.free, p)
	s.free = s.free[n:]
	if n < len(p) {
		return n, io.ErrShortBuffer
	}
	return n, nil
}

// Open opens a file.
func (c *Client) Open(path string, mode afc.OpenMode) (*File, error) {
	h, err := c.Do(&afc.Request{Op: afc.OpFileRefOpen, Mode: mode, Path: path}, nil, nil)
	if err != nil {
		return nil, err
	}
	return &File{c: c, Handle: h}, nil
}

// do makes a request about the file.
func (f *File) do(r afc.Request, data []byte, w io.Writer) (uint64, error) {
	f.req = r
	f.req.Handle = f.Handle
	return f.c.Do(&f.req, data, w)
}

// Read asks for len(p) bytes in one request.
func (f *File) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	f.dst.free = p
	_, err := f.do(afc.Request{Op: afc.OpFileRefRead, Length: uint64(len(p))}, nil, &f.dst)
	n := len(p) - len(f.dst.free)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

// Write sends p in one request.
func (f *File) Write(p []byte) (int, error) {
	if _, err := f.do(afc.Request{Op: afc.OpFileRefWrite}, p, nil); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Seek moves the position and returns it, which takes two requests.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	if _, err := f.do(afc.Request{Op: afc.OpFileRefSeek, Whence: afc.Whence(whence), Offset: offset}, nil, nil); err != nil {
		return 0, err
	}
	return f.Tell()
}

// Tell returns the position.
func (f *File) Tell() (int64, error) {
	pos, err := f.do(afc.Request{Op: afc.OpFileRefTell}, nil, nil)
	return int64(pos), err
}

// Truncate sets the size of the file.
func (f *File) Truncate(size uint64) error {
	_, err := f.do(afc.Request{Op: afc.OpFileRefSetFileSize, Size: size}, nil, nil)
	return err
}

// Lock locks or unlocks the file.
func (f *File) Lock(op afc.LockOp) error {
	_, err := f.do(afc.Request{Op: afc.OpFileRefLock, Lock: op}, nil, nil)
	return err
}

// Close closes the file.
func (f *File) Close() error {
	_, err := f.do(afc.Request{Op: afc.OpFileRefClose}, nil, nil)
	return err
}
