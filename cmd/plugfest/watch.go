package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/pcap"
)

// watchFlags are how a command shows what passes.
type watchFlags struct {
	Verbose bool   `short:"v" help:"Show a ladder diagram of what passes, decoded, instead of a line for each change of state."`
	Capture string `placeholder:"FILE" type:"path" help:"Write the USB transfers to a pcapng file, for Wireshark and plugfest decode; those of an I2C bus stand beside it, in x.i2c.pcapng for x.pcapng."`
}

// A watch shows and writes down what happens in a world.
type watch struct {
	readers []reader
	files   []*os.File
	idle    bool   // nothing has happened since the last flush
	refused string // why a USB/IP client was turned away last
	err     error
}

// reader is a reader of events that writes.
type reader interface {
	Observe(*sim.Event)
	Flush() error
}

// watch begins to watch a world, whose devices have the names of columns.
func (f *watchFlags) watch(a *app, w *sim.World, columns ...string) (*watch, error) {
	x := &watch{idle: true}
	if f.Verbose {
		x.readers = append(x.readers, trace.Ladder{Columns: columns, Colour: a.colour}.NewWriter(a.out))
	} else {
		x.readers = append(x.readers, &notes{w: a.out})
	}
	if f.Capture != "" {
		if err := x.capture(f.Capture, w); err != nil {
			return nil, errors.Join(err, x.close())
		}
	}
	see := func(e *sim.Event) {
		if x.again(e) {
			return
		}
		x.idle = false
		for _, r := range x.readers {
			r.Observe(e)
		}
	}
	if f.Verbose {
		see = dissect.New(see).Observe // the ladder shows what the bytes mean
	}
	w.Observe(see)
	w.Go("display", func() {
		for {
			w.Sleep(refresh)
			x.flush()
		}
	})
	return x, nil
}

// refresh is how often what was kept back is shown and written.
const refresh = 500 * time.Millisecond

// again reports whether an event says what the last of its kind has said: USB/IP
// clients ask on and on for a device that is not there.
func (x *watch) again(e *sim.Event) bool {
	if e.Layer != "usbip" {
		return false
	}
	before := x.refused
	x.refused = ""
	if e.Kind == "refuse" {
		x.refused = e.Get("busid") + " " + e.Get("reason")
	}
	return x.refused != "" && x.refused == before
}

func (x *watch) capture(path string, w *sim.World) error {
	base := strings.TrimSuffix(path, ".pcapng")
	for _, name := range []string{path, base + ".i2c.pcapng"} {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		x.files = append(x.files, f)
	}
	x.readers = append(x.readers, pcap.NewWriter(x.files[0], w.Time()), pcap.NewI2CWriter(x.files[1], w.Time()))
	return nil
}

func (x *watch) flush() {
	if x.idle {
		return
	}
	x.idle = true
	for _, r := range x.readers {
		x.keep(r.Flush())
	}
}

// close writes what is left, and returns what could not be written.
func (x *watch) close() error {
	if x == nil {
		return nil // nobody watches
	}
	x.idle = false
	x.flush()
	for _, f := range x.files {
		x.keep(f.Close())
	}
	return x.err
}

// keep keeps the first error.
func (x *watch) keep(err error) {
	if x.err == nil {
		x.err = err
	}
}

// notes writes a line for each change of state, and for each device that comes or
// goes, as [trace.Describe] has it.
type notes struct {
	w   io.Writer
	buf []byte
	err error
}

func (n *notes) Observe(e *sim.Event) {
	switch e.Layer {
	case "state", "state.gadget", "state.usbmux", "usbip":
	case "usb":
		if e.Kind == "submit" || e.Kind == "complete" || e.Kind == "reset" {
			return
		}
	default:
		return
	}
	n.buf = append(trace.AppendLine(n.buf[:0], e, 0), '\n')
	if n.err == nil {
		_, n.err = n.w.Write(n.buf)
	}
}

func (n *notes) Flush() error { return n.err }
