package zipconduit

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/service/installation"
)

// Signatures of records of a ZIP archive, and what makes a record unfit for a stream.
const (
	localFile        = 0x04034B50
	centralDirectory = 0x02014B50
	recordSize       = 30
	descriptorFlag   = 1 << 3 // the sizes come after the data
	longestName      = 4096
)

// unpacker writes the files of a stream into a directory.
type unpacker struct {
	in    *bufio.Reader
	tree  files.Tree
	dir   string
	at    int64 // in the stream
	wrong error // the first thing that went wrong with a file; the stream goes on
	buf   [32 << 10]byte
}

// Unpack writes the files of a stream into a directory, which is emptied before. If
// a file cannot be written, or is not what its checksum says, the rest is read all
// the same, and the error is an [*installation.Failure]; another error is that of a
// stream that does not go on.
func Unpack(r io.Reader, t files.Tree, dir string) error {
	u := &unpacker{in: bufio.NewReaderSize(r, 64<<10), tree: t, dir: dir}
	if err := u.all(); err != nil {
		return err
	}
	if u.wrong == nil {
		return nil
	}
	return &installation.Failure{Name: "PackageExtractionFailed", Description: "Could not extract archive", Reason: u.wrong.Error()}
}

// note keeps the first error.
func (u *unpacker) note(err error) {
	if u.wrong == nil {
		u.wrong = err
	}
}

// all reads the stream to its end. An error is that of a stream that does not go on.
func (u *unpacker) all() error {
	_ = files.RemoveAll(u.tree, u.dir) // most often nothing is there
	u.note(files.MkdirAll(u.tree, u.dir))
	for {
		signature, err := u.read(4)
		if err != nil {
			return err
		}
		switch v := binary.LittleEndian.Uint32(signature); v {
		case centralDirectory:
			return nil
		case localFile:
			if err := u.file(); err != nil {
				return err
			}
		default:
			return fmt.Errorf("zipconduit: offset %d: signature is %#08x, want %#08x or %#08x", u.at-4, v, localFile, centralDirectory)
		}
	}
}

// file takes one record, whose signature is read.
func (u *unpacker) file() error {
	at := u.at - 4
	head, err := u.read(recordSize - 4)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	flags, method, sum := le.Uint16(head[2:]), le.Uint16(head[4:]), le.Uint32(head[10:])
	size, plain := le.Uint32(head[14:]), le.Uint32(head[18:])
	name, extra := le.Uint16(head[22:]), le.Uint16(head[24:])
	switch {
	case flags&descriptorFlag != 0:
		return fmt.Errorf("zipconduit: offset %d: flags are %#04x: data descriptors are not for streams", at, flags)
	case method != 0 || size != plain:
		return fmt.Errorf("zipconduit: offset %d: method %d, %d bytes of %d: files must be stored", at, method, size, plain)
	case name == 0 || name > longestName:
		return fmt.Errorf("zipconduit: offset %d: the name has %d bytes, want 1 to %d", at, name, longestName)
	}
	text, err := u.read(int(name))
	if err != nil {
		return err
	}
	to := string(text)
	if err := u.copy(nil, int64(extra)); err != nil {
		return err
	}
	return u.store(to, int64(size), sum)
}

// store keeps the data of a file, or reads them and forgets them.
func (u *unpacker) store(name string, size int64, sum uint32) error {
	clean, err := files.Clean(name)
	if err != nil {
		u.note(err)
	}
	if err != nil || clean == "META-INF" || strings.HasPrefix(clean, "META-INF/") {
		return u.copy(nil, size)
	}
	to := path.Join(u.dir, clean)
	if strings.HasSuffix(name, "/") {
		u.note(files.MkdirAll(u.tree, to))
		return u.copy(nil, size)
	}
	u.note(files.MkdirAll(u.tree, path.Dir(to)))
	f, err := u.tree.Open(to, files.Write|files.Create|files.Truncate)
	if err != nil {
		u.note(err)
		return u.copy(nil, size)
	}
	w := &writer{f: f, crc: crc32.NewIEEE()}
	err = u.copy(w, size)
	u.note(w.err)
	u.note(f.Close())
	if err == nil && w.crc.Sum32() != sum {
		u.note(fmt.Errorf("%s: CRC is %#08x, want %#08x", name, w.crc.Sum32(), sum))
	}
	return err
}

// copy reads n bytes, and gives them to w if there is one.
func (u *unpacker) copy(w *writer, n int64) error {
	for n > 0 {
		b := u.buf[:min(n, int64(len(u.buf)))]
		k, err := io.ReadFull(u.in, b)
		u.at += int64(k)
		if w != nil {
			w.write(b[:k])
		}
		if err != nil {
			return unexpected(err)
		}
		n -= int64(k)
	}
	return nil
}

// read reads n bytes, which hold until the next call.
func (u *unpacker) read(n int) ([]byte, error) {
	k, err := io.ReadFull(u.in, u.buf[:n])
	u.at += int64(k)
	return u.buf[:n], unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// writer writes a file until something goes wrong.
type writer struct {
	f   files.File
	at  int64
	crc interface {
		io.Writer
		Sum32() uint32
	}
	err error
}

func (w *writer) write(b []byte) {
	_, _ = w.crc.Write(b)
	if w.err == nil {
		_, w.err = w.f.WriteAt(b, w.at)
		w.at += int64(len(b))
	}
}
