package muxd

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/plugfest/plugfest/wire/plist"
)

// systemConfiguration is the file, without its ending, that keeps the BUID.
const systemConfiguration = "SystemConfiguration"

// maxRecord is the longest file that is read, in bytes.
const maxRecord = 1 << 20

// Directory is [Records] in a directory, with the names that usbmuxd gives them:
// SystemConfiguration.plist and <UDID>.plist. Files are written beside their
// place and then renamed, and are their owner's alone (0600, the directory
// 0700).
type Directory struct {
	mu   sync.Mutex
	path string
}

// OpenDirectory makes the directory if there is none.
func OpenDirectory(path string) (*Directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("muxd: directory of pair records: %w", err)
	}
	return &Directory{path: path}, nil
}

// BUID implements [Records]. The first time, it is drawn at random and kept.
func (d *Directory) BUID() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.read(systemConfiguration)
	dict := map[string]any{}
	switch {
	case err == nil:
		if dict, err = plist.DecodeDict(b, plist.Limits{}); err != nil {
			return "", fmt.Errorf("muxd: %s: %w; delete the file to get another identity", d.file(systemConfiguration), err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if buid, ok := dict["SystemBUID"].(string); ok && buid != "" {
		return buid, nil
	}
	buid, err := newBUID(rand.Reader)
	if err != nil {
		return "", err
	}
	dict["SystemBUID"] = buid
	if b, err = plist.AppendXML(nil, dict); err != nil {
		return "", err
	}
	return buid, d.save(systemConfiguration, b)
}

// Read implements [Records].
func (d *Directory) Read(id string) ([]byte, error) {
	if err := CheckRecordID(id); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.read(id)
}

// Save implements [Records].
func (d *Directory) Save(id string, record []byte) error {
	if err := CheckRecordID(id); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.save(id, record)
}

// Delete implements [Records].
func (d *Directory) Delete(id string) error {
	if err := CheckRecordID(id); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return os.Remove(d.file(id))
}

func (d *Directory) file(id string) string { return filepath.Join(d.path, id+".plist") }

func (d *Directory) read(id string) ([]byte, error) {
	f, err := os.Open(d.file(id))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	if err == nil && len(b) > maxRecord {
		err = fmt.Errorf("muxd: %s: longer than %d bytes", d.file(id), maxRecord)
	}
	return b, err
}

// save writes a file and renames it to its place, so that whoever reads finds
// the old one or the new one.
func (d *Directory) save(id string, b []byte) error {
	f, err := os.CreateTemp(d.path, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.file(id))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
