package capture

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/pcap"
)

// Dir keeps each trial in files below a directory, called after
// [scenarios.Trial.FileName]:
//
//	carlife/connect.seed7.pcapng        USB transfers
//	carlife/connect.seed7.i2c.pcapng    transactions with the MFi chip
//	carlife/connect.seed7.ladder.txt    ladder diagram
//	carlife/connect.seed7.jsonl         every event, what was derived included
//
// Of one seed, they are the same byte for byte. Files that would hold nothing
// are not made; the others are added to the result's Files. Of long data, the
// .jsonl file has the beginning, the length and a hash.
func Dir(dir string, options ...DirOption) Observe {
	c := dirConfig{}
	for _, o := range options {
		o(&c)
	}
	return func(w *sim.World, t scenarios.Trial) (scenarios.Observer, error) {
		d := &dirObserver{base: filepath.Join(dir, filepath.FromSlash(t.FileName()))}
		if err := os.MkdirAll(filepath.Dir(d.base), 0o777); err != nil {
			return nil, err
		}
		epoch := w.Time()
		d.add(".pcapng", func(f *file) reader { return pcap.NewWriter(f, epoch, c.usb...) })
		d.add(".i2c.pcapng", func(f *file) reader { return pcap.NewI2CWriter(f, epoch) })
		d.add(".ladder.txt", func(f *file) reader { return trace.Ladder{Columns: t.Scenario.Endpoints()}.NewWriter(f) })
		d.add(".jsonl", func(f *file) reader {
			j := trace.NewJSONLWriter(f)
			if !c.full {
				j.CutData(kept)
			}
			return j
		})
		return d, nil
	}
}

// kept is how much of long data a .jsonl file has, in bytes.
const kept = 64

// A DirOption changes what [Dir] keeps.
type DirOption func(*dirConfig)

type dirConfig struct {
	full bool
	usb  []pcap.WriterOption
}

// Full keeps all data in the .jsonl file, however long.
func Full() DirOption { return func(c *dirConfig) { c.full = true } }

// Snap keeps of each transfer at most n bytes in the .pcapng file.
func Snap(n int) DirOption {
	return func(c *dirConfig) { c.usb = append(c.usb, pcap.Snap(n)) }
}

// reader is a reader of events that writes.
type reader interface {
	Observe(*sim.Event)
	Flush() error
}

type dirObserver struct {
	base    string
	readers []reader
	files   []*file
}

func (d *dirObserver) add(ending string, make func(*file) reader) {
	f := &file{path: d.base + ending}
	d.files = append(d.files, f)
	d.readers = append(d.readers, make(f))
}

func (d *dirObserver) Observe(e *sim.Event) {
	for _, r := range d.readers {
		r.Observe(e)
	}
}

func (d *dirObserver) End(r *scenarios.Result) error {
	var errs []error
	for i, f := range d.files {
		errs = append(errs, d.readers[i].Flush(), f.close())
		if f.out != nil {
			r.Files = append(r.Files, f.path)
		}
	}
	return errors.Join(errs...)
}

// A file is created when it is first written to.
type file struct {
	path string
	out  *os.File
	buf  *bufio.Writer
}

func (f *file) Write(p []byte) (int, error) {
	if f.out == nil && len(p) > 0 {
		var err error
		if f.out, err = os.Create(f.path); err != nil {
			return 0, err
		}
		f.buf = bufio.NewWriterSize(f.out, 64<<10)
	}
	if f.out == nil {
		return 0, nil
	}
	return f.buf.Write(p)
}

func (f *file) close() error {
	if f.out == nil {
		return nil
	}
	return errors.Join(f.buf.Flush(), f.out.Close())
}
