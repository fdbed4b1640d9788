package lab

import (
	"io"
	"os"
)

// follow copies a file that somebody else still writes.
type follow struct {
	path string
	to   io.Writer // may be nil
	also io.Writer // may be nil
	from *os.File
}

// more copies what has come since the last time. A file that is not there yet
// has nothing.
func (f *follow) more() error {
	if f.to == nil {
		return nil
	}
	if f.from == nil {
		var err error
		if f.from, err = os.Open(f.path); err != nil {
			return nil
		}
	}
	to := f.to
	if f.also != nil {
		to = io.MultiWriter(f.to, f.also)
	}
	_, err := io.Copy(to, f.from)
	return err
}

func (f *follow) close() {
	if f.from != nil {
		f.from.Close()
	}
}

// maxTail is how much output is kept of a command.
const maxTail = 16 << 20

// tail keeps the last maxTail bytes written to it.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > maxTail {
		p = p[n-maxTail:]
	}
	if len(t.b)+len(p) > 2*maxTail {
		t.b = append(t.b[:0], t.b[len(t.b)-maxTail:]...)
	}
	t.b = append(t.b, p...)
	return n, nil
}

func (t *tail) bytes() []byte { return t.b[max(0, len(t.b)-maxTail):] }
