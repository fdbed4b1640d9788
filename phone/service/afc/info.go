package afc

import (
	"crypto/sha1"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/wire/afc"
)

// readDir lists a directory, . and .. first: pymobiledevice3 throws the first
// two names away.
func (s *server) readDir() error {
	names, err := s.root.ReadDir(s.req.Path)
	if err != nil {
		return s.fail(err)
	}
	b := afc.AppendStrings(nil, ".", "..")
	return s.data(afc.AppendStrings(b, names...))
}

func (s *server) fileInfo() error {
	i, err := s.root.Lstat(s.req.Path)
	if err != nil {
		return s.fail(err)
	}
	info := afc.FileInfo{
		Size: uint64(i.Size), Blocks: uint64(i.Blocks), Links: uint64(i.Links), Format: format(i.Kind),
		ModTime: nanoseconds(i.ModTime), BirthTime: nanoseconds(i.BirthTime), LinkTarget: i.Target,
	}
	return s.data(info.AppendTo(nil))
}

func format(k files.Kind) string {
	switch k {
	case files.Directory:
		return afc.FormatDirectory
	case files.SymbolicLink:
		return afc.FormatSymbolicLink
	case files.BlockDevice:
		return afc.FormatBlockDevice
	case files.CharDevice:
		return afc.FormatCharDevice
	case files.Pipe:
		return afc.FormatPipe
	case files.Socket:
		return afc.FormatSocket
	}
	return afc.FormatRegular
}

// nanoseconds since 1970. What is before counts as 1970.
func nanoseconds(t time.Time) uint64 {
	if t.Unix() < 0 || t.Unix() > math.MaxInt64/int64(time.Second)-1 {
		return 0
	}
	return uint64(t.UnixNano())
}

func (s *server) deviceInfo() error {
	sp := s.root.Space()
	info := afc.DeviceInfo{
		Model: s.o.Model, TotalBytes: uint64(sp.Total), FreeBytes: uint64(sp.Free), BlockSize: uint64(sp.BlockSize),
	}
	return s.data(info.AppendTo(nil))
}

// setBlockSize remembers a size of blocks, which changes nothing here.
func setBlockSize(p *uint64, size uint64) afc.Status {
	if size == 0 {
		return afc.StatusInvalidArgument
	}
	*p = size
	return afc.StatusSuccess
}

// connectionInfo answers with what the client has set. That it is a list of keys
// and values is from jkcoxson/idevice; the keys are inferred.
func (s *server) connectionInfo() error {
	var b []byte
	for _, p := range []struct {
		key  string
		size uint64
	}{{"FSBlockSize", s.blocks.fs}, {"SocketBlockSize", s.blocks.socket}} {
		if p.size > 0 {
			b = afc.AppendStrings(b, p.key, strconv.FormatUint(p.size, 10))
		}
	}
	for _, p := range s.options {
		b = afc.AppendStrings(b, p.Key, p.Value)
	}
	return s.data(b)
}

// hash answers with the hash of a file or a part of it. jkcoxson/idevice expects
// its raw bytes; that it is SHA-1 is inferred.
func (s *server) hash() error {
	f, err := s.root.Open(s.req.Path, files.Read)
	if err != nil {
		return s.fail(err)
	}
	defer func() { _ = f.Close() }()
	i, err := f.Stat()
	if err != nil {
		return s.fail(err)
	}
	from, n := int64(0), i.Size
	if s.req.Op == afc.OpGetFileHashWithRange {
		if s.req.Offset < 0 {
			return s.fail(afc.StatusInvalidArgument)
		}
		from = min(s.req.Offset, i.Size)
		n = int64(min(s.req.Length, uint64(i.Size-from)))
	}
	if n > s.o.MaxHash {
		return s.fail(afc.StatusTooMuchData)
	}
	h := sha1.New()
	if err := s.flush(); err != nil { // its buffer is lent
		return err
	}
	if _, err := io.CopyBuffer(h, &yielding{io.NewSectionReader(f, from, n), s}, s.out[:cap(s.out)]); err != nil {
		return s.fail(err)
	}
	return s.data(h.Sum(nil))
}

// yielding lets other processes go first between two reads.
type yielding struct {
	io.Reader
	s *server
}

func (y *yielding) Read(p []byte) (int, error) {
	y.s.w.Yield()
	return y.Reader.Read(p)
}

// contentSize answers with how much lies at a path and below. The keys are
// inferred; libimobiledevice issue 541 has no more than that it once worked.
func (s *server) contentSize() error {
	var size, blocks int64
	err := files.Walk(s.root, s.req.Path, func(_ string, i files.Info) error {
		if i.Kind == files.Regular {
			size += i.Size
			blocks += i.Blocks
		}
		return nil
	})
	if err != nil {
		return s.fail(err)
	}
	return s.data(afc.AppendStrings(nil, "st_size", strconv.FormatInt(size, 10), "st_blocks", strconv.FormatInt(blocks, 10)))
}
