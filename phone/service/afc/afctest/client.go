package afctest

import (
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"time"

	"github.com/plugfest/plugfest/wire/afc"
)

// Error is what a request was refused with.
type Error struct {
	Op   afc.Op
	Path string // what it was about; empty for open files
	Err  error  // an [afc.Status], where the phone said it
}

// Error names operation, path and status.
func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%v: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%v %q: %v", e.Op, e.Path, e.Err)
}

// Unwrap returns the status.
func (e *Error) Unwrap() error { return e.Err }

// Client is one connection. Only one process may use it at a time.
type Client struct {
	conn net.Conn
	dec  *afc.Decoder
	in   []byte
	out  []byte
	num  uint64
}

// limits take whatever a phone sends.
var limits = afc.Limits{Args: 64 << 10, Data: math.MaxInt64}

// New makes a client on a connection to the service. The first packet has the
// number 1, as with libimobiledevice.
func New(conn net.Conn) *Client {
	return &Client{conn: conn, dec: afc.NewDecoder(limits), in: make([]byte, 64<<10)}
}

// Conn returns the connection, for what no client should send.
func (c *Client) Conn() net.Conn { return c.conn }

// Close hangs up.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends a request with its bulk data and waits for the reply, whose bulk
// data, if any, goes to w piece by piece. It returns the reply's number: a
// handle or a position.
func (c *Client) Do(r *afc.Request, data []byte, w io.Writer) (uint64, error) {
	if err := c.Send(r, data); err != nil {
		return 0, &Error{r.Op, r.Path, err}
	}
	reply, err := c.Receive(w)
	if err == nil {
		err = reply.Status.Err()
	}
	if err == nil {
		if s, _ := afc.Lookup(r.Op); reply.Op != s.Reply {
			err = fmt.Errorf("answered with %v, want %v", reply.Op, s.Reply)
		}
	}
	if err != nil {
		return 0, &Error{r.Op, r.Path, err}
	}
	return reply.Value, nil
}

// Send sends a request with its bulk data, in one piece up to 64 KiB and else in
// two, as libimobiledevice does. [Client.Receive] is to follow.
func (c *Client) Send(r *afc.Request, data []byte) (err error) {
	c.num++
	if c.out, err = r.AppendTo(c.out[:0], c.num, uint64(len(data))); err != nil {
		return err
	}
	if len(data) <= len(c.in) {
		c.out = append(c.out, data...)
		data = nil
	}
	if _, err = c.conn.Write(c.out); err == nil && len(data) > 0 {
		_, err = c.conn.Write(data)
	}
	return err
}

// Receive waits for the reply to the last request. Bulk data goes to w, which
// may be nil.
func (c *Client) Receive(w io.Writer) (afc.Reply, error) { return c.ReceiveNum(c.num, w) }

// ReceiveNum is Receive for the reply with a packet number, which must be the
// next: for requests that are sent before the last is answered.
func (c *Client) ReceiveNum(num uint64, w io.Writer) (reply afc.Reply, err error) {
	it, err := c.next()
	if err != nil {
		return reply, err
	}
	if it.Header.PacketNum != num {
		return reply, fmt.Errorf("reply has packet number %d, want %d", it.Header.PacketNum, num)
	}
	if reply, err = afc.ParseReply(it.Header.Op, it.Args); err != nil {
		return reply, err
	}
	reply.Data = slices.Clone(reply.Data)
	for it.Left > 0 {
		if it, err = c.next(); err != nil {
			return reply, err
		}
		if w != nil {
			if _, err = w.Write(it.Data); err != nil {
				return reply, err
			}
		}
	}
	return reply, nil
}

// next returns the next item of the stream.
func (c *Client) next() (afc.Item, error) {
	for {
		it, ok, err := c.dec.Next()
		if ok || err != nil {
			return it, err
		}
		n, err := c.conn.Read(c.in)
		if n > 0 {
			c.dec.Feed(c.in[:n])
			continue
		}
		if err == io.EOF && c.dec.Partial() {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return it, err
		}
	}
}

// do is Do for requests that are answered with a status alone.
func (c *Client) do(r afc.Request) error {
	_, err := c.Do(&r, nil, nil)
	return err
}

// data is Do for requests that are answered with data.
func (c *Client) data(r afc.Request) ([]byte, error) {
	var b buffer
	_, err := c.Do(&r, nil, &b)
	return b, err
}

type buffer []byte

func (b *buffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// ReadDir lists a directory, without . and .. .
func (c *Client) ReadDir(path string) ([]string, error) {
	b, err := c.data(afc.Request{Op: afc.OpReadDir, Path: path})
	if err != nil {
		return nil, err
	}
	names := slices.Collect(afc.Strings(b))
	if len(names) < 2 || names[0] != "." || names[1] != ".." {
		return nil, &Error{afc.OpReadDir, path, fmt.Errorf("listing %q lacks the dot entries", names)}
	}
	return names[2:], nil
}

// Stat describes what stands at path.
func (c *Client) Stat(path string) (afc.FileInfo, error) {
	b, err := c.data(afc.Request{Op: afc.OpGetFileInfo, Path: path})
	return afc.ParseFileInfo(b), err
}

// DeviceInfo describes the phone and its storage.
func (c *Client) DeviceInfo() (afc.DeviceInfo, error) {
	b, err := c.data(afc.Request{Op: afc.OpGetDeviceInfo})
	return afc.ParseDeviceInfo(b), err
}

// Mkdir makes a directory and what is missing above it.
func (c *Client) Mkdir(path string) error { return c.do(afc.Request{Op: afc.OpMakeDir, Path: path}) }

// Remove removes a file, a link or an empty directory.
func (c *Client) Remove(path string) error {
	return c.do(afc.Request{Op: afc.OpRemovePath, Path: path})
}

// RemoveAll removes what stands at path and everything below.
func (c *Client) RemoveAll(path string) error {
	return c.do(afc.Request{Op: afc.OpRemovePathAndContents, Path: path})
}

// Rename moves what stands at from.
func (c *Client) Rename(from, to string) error {
	return c.do(afc.Request{Op: afc.OpRenamePath, Path: from, NewPath: to})
}

// Link makes a link named path.
func (c *Client) Link(t afc.LinkType, target, path string) error {
	return c.do(afc.Request{Op: afc.OpMakeLink, LinkType: t, Path: target, NewPath: path})
}

// Truncate sets the size of a file.
func (c *Client) Truncate(path string, size uint64) error {
	return c.do(afc.Request{Op: afc.OpTruncateFile, Size: size, Path: path})
}

// SetModTime sets the time of the last modification.
func (c *Client) SetModTime(path string, t time.Time) error {
	return c.do(afc.Request{Op: afc.OpSetModTime, Time: uint64(t.UnixNano()), Path: path})
}

// Hash returns the phone's hash of a file.
func (c *Client) Hash(path string) ([]byte, error) {
	return c.data(afc.Request{Op: afc.OpGetFileHash, Path: path})
}

// WriteFileAtomic replaces a file in one step.
func (c *Client) WriteFileAtomic(path string, data []byte) error {
	_, err := c.Do(&afc.Request{Op: afc.OpWriteFileAtomic, Path: path}, data, nil)
	return err
}

// ReadFile returns what a file holds.
func (c *Client) ReadFile(path string) ([]byte, error) {
	f, err := c.Open(path, afc.ModeRead)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return b, err
}

// WriteFile makes a file that holds data, whatever it held before.
func (c *Client) WriteFile(path string, data []byte) error {
	f, err := c.Open(path, afc.ModeWrite)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
