package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/trace/pcap"
)

type decodeCmd struct {
	Files  []string `arg:"" name:"file" help:"Captures, pcapng or pcap, also compressed with gzip; several are merged by time. - is standard input."`
	Raw    bool     `help:"Show raw transfers too."`
	Unfold bool     `help:"One line for every event: do not fold runs of alike ones."`
	Width  int      `default:"100" help:"Columns of the ladder."`
	Lines  bool     `xor:"form" help:"One line of text for each event instead of a ladder, as scenario files have them."`
	JSONL  bool     `xor:"form" name:"jsonl" help:"One JSON object for each event instead of a ladder."`
}

// Help is shown below the flags.
func (decodeCmd) Help() string {
	return `Captures of plugfest run --capture, of Wireshark and tcpdump on a usbmon interface (link types 189 and 220), and of an I2C bus (209) can be read.

Examples:

    plugfest decode out/carlife/connect.seed7.pcapng
    plugfest decode out/carlife/connect.seed7.pcapng out/carlife/connect.seed7.i2c.pcapng
    plugfest decode --raw --lines usbmon.pcapng
    plugfest decode --jsonl usbmon.pcapng | jq 'select(.layer == "iap2.control")'
`
}

// Run shows captures. What can be read of a damaged one is shown before the
// error.
func (c *decodeCmd) Run(a *app) error {
	raw, broken := c.read()
	if len(raw) == 0 && broken != nil {
		return usageError{broken}
	}
	if len(raw) == 0 {
		return usageError{fmt.Errorf("%s: no transfers in it", c.Files[0])}
	}
	var events []sim.Event
	d := dissect.New(func(e *sim.Event) { events = append(events, e.Clone()) })
	for i := range raw {
		d.Observe(&raw[i])
	}
	if err := c.show(a, events); err != nil {
		return err
	}
	if broken != nil {
		return usageError{fmt.Errorf("shown is what could be read: %w", broken)}
	}
	return nil
}

// read merges the files by time. Events of one time keep the order of their
// files.
func (c *decodeCmd) read() ([]sim.Event, error) {
	var all []sim.Event
	var errs []error
	for _, name := range c.Files {
		events, err := readCapture(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		all = append(all, events...)
	}
	if len(c.Files) > 1 {
		slices.SortStableFunc(all, func(a, b sim.Event) int { return cmp.Compare(a.At, b.At) })
		for i := range all {
			all[i].Seq = uint64(i + 1)
		}
	}
	return all, errors.Join(errs...)
}

func readCapture(name string) ([]sim.Event, error) {
	if name == "-" {
		return readStream(os.Stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, errors.Unwrap(err) // the name is said already
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("is a directory; name the captures in it, such as connect.seed1.pcapng")
	}
	return readStream(f)
}

func readStream(r io.Reader) ([]sim.Event, error) {
	in := bufio.NewReader(r)
	if looksLikeEvents(in) {
		return nil, errors.New("holds events, one JSON object a line, and no capture; the .pcapng file of the same run has its transfers")
	}
	return pcap.ReadAll(in)
}

// looksLikeEvents reports whether a stream begins as a [trace.JSONLWriter]
// writes.
func looksLikeEvents(in *bufio.Reader) bool {
	head, _ := in.Peek(len(`{"seq":`))
	return string(head) == `{"seq":`
}

func (c *decodeCmd) show(a *app, events []sim.Event) error {
	switch {
	case c.JSONL:
		w := trace.NewJSONLWriter(a.out)
		c.each(events, w.Observe)
		return w.Flush()
	case c.Lines:
		w := bufio.NewWriter(a.out)
		var line []byte
		c.each(events, func(e *sim.Event) {
			line = append(trace.AppendLine(line[:0], e, 0), '\n')
			w.Write(line)
		})
		return w.Flush()
	}
	return trace.Ladder{Width: c.Width, Raw: c.Raw, Unfold: c.Unfold, Colour: a.colour}.Write(a.out, events)
}

// each calls fn with the events that are not left out.
func (c *decodeCmd) each(events []sim.Event, fn func(*sim.Event)) {
	for i := range events {
		e := &events[i]
		transfer := e.Layer == "usb" && (e.Kind == "submit" || e.Kind == "complete") || e.Layer == "i2c"
		if c.Raw || !transfer {
			fn(e)
		}
	}
}
