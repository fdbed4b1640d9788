package muxd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// Records keep pair records by UDID, and the identity of this host. The ids that
// they are asked for have passed [CheckRecordID].
//
// Their methods may block on something real: the daemon calls them outside of
// the world.
type Records interface {
	// BUID returns the identity of this host, the same for ever.
	BUID() (string, error)
	// Read returns a record, or an error that is fs.ErrNotExist.
	Read(id string) ([]byte, error)
	// Save keeps a record in place of any that there was.
	Save(id string, record []byte) error
	// Delete forgets a record, or fails with fs.ErrNotExist.
	Delete(id string) error
}

// ErrRecordID says that the id of a pair record is none.
var ErrRecordID = errors.New("muxd: not the id of a pair record")

// maxRecordID bounds the length of an id. UDIDs have 25 or 40 characters.
const maxRecordID = 100

// CheckRecordID refuses ids that are no names of files by themselves, whatever
// the file system, with [ErrRecordID]. A record named as the file of the BUID
// is none either.
func CheckRecordID(id string) error {
	plain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '_' || r == '.'
	}
	if id == "" || len(id) > maxRecordID || id[0] == '.' || strings.EqualFold(id, systemConfiguration) ||
		strings.ContainsFunc(id, func(r rune) bool { return !plain(r) }) {
		return fmt.Errorf("%w: %.100q", ErrRecordID, id)
	}
	return nil
}

// records answers what clients ask of the pair records.
func (c *client) records(r usbmuxd.Request) bool {
	d := c.d
	if r.Command == usbmuxd.ReadBUID {
		var buid string
		var err error
		d.w.Outside("host identity", func() { buid, err = d.o.Records.BUID() })
		if err != nil {
			return c.result(r, resultOf(err))
		}
		return c.reply(usbmuxd.AppendBUID(c.out[:0], r, buid))
	}
	if r.RecordID == "" || r.Command == usbmuxd.SavePairRecord && !isDict(r.RecordData) {
		return c.result(r, usbmuxd.Invalid)
	}
	var record []byte
	err := CheckRecordID(r.RecordID)
	if err == nil || d.o.Faults.AnyRecordID {
		d.w.Outside("pair record", func() {
			switch r.Command {
			case usbmuxd.ReadPairRecord:
				record, err = d.o.Records.Read(r.RecordID)
			case usbmuxd.SavePairRecord:
				err = d.o.Records.Save(r.RecordID, r.RecordData)
			default:
				err = d.o.Records.Delete(r.RecordID)
			}
		})
	}
	if err != nil {
		d.state("pair record", sim.Text("command", string(r.Command)), sim.Text("why", err.Error()))
		return c.result(r, resultOf(err))
	}
	if r.Command == usbmuxd.ReadPairRecord {
		return c.reply(usbmuxd.AppendRecord(c.out[:0], r, record))
	}
	if r.Command == usbmuxd.SavePairRecord && r.HasDevice && d.find(r.DeviceID) != nil && !d.o.Faults.NoPaired {
		for _, o := range slices.Clone(d.clients) {
			o.notify(func(b []byte) ([]byte, error) { return usbmuxd.AppendPaired(b, o.version, r.DeviceID) })
		}
	}
	return c.result(r, usbmuxd.OK)
}

func isDict(record []byte) bool {
	_, err := plist.DecodeDict(record, plist.Limits{})
	return err == nil
}

// resultOf turns an error into the number that a client gets: an errno.
func resultOf(err error) usbmuxd.Result {
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrRecordID):
		return usbmuxd.BadDevice // ENOENT
	case errors.As(err, &errno):
		return usbmuxd.Result(errno)
	}
	return usbmuxd.Result(syscall.EIO)
}

// newBUID makes an identity: a UUID, version 4, in capitals.
func newBUID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
