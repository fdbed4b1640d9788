package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/tap"
)

type tapCmd struct {
	Listen  string `placeholder:"SOCKET" default:"tcp:127.0.0.1:27016" help:"Where programs are to connect: tcp:HOST:PORT or unix:PATH."`
	To      string `placeholder:"SOCKET" default:"unix:/var/run/usbmuxd" help:"The daemon that answers: tcp:HOST:PORT or unix:PATH."`
	Full    bool   `short:"f" help:"Show property lists whole, not in a line."`
	Capture string `placeholder:"FILE" type:"path" help:"Write what passes as pcapng, for Wireshark."`
}

// Help is shown below the flags.
func (tapCmd) Help() string {
	return `Sits on a socket of usbmuxd and shows what passes, decoded: messages to the daemon, lockdown's property
lists, AFC, and how much passes inside of TLS. It ends when interrupted.

Examples:

    plugfest tap
    USBMUXD_SOCKET_ADDRESS=127.0.0.1:27016 ideviceinfo

    plugfest tap --to tcp:127.0.0.1:27015 --full --capture usbmuxd.pcapng
`
}

// Run forwards until it is interrupted.
func (c *tapCmd) Run(a *app) (err error) {
	network, address, err := muxd.ParseAddress(c.To)
	if err != nil {
		return usageError{err}
	}
	l, err := muxd.Open(c.Listen)
	if err != nil {
		return usageError{err}
	}
	defer l.Close()
	o := tap.Options{
		Dial: func() (net.Conn, error) { return net.Dial(network, address) },
		Note: tap.Text(a.out, c.Full),
	}
	if c.Capture != "" {
		f, ferr := os.Create(c.Capture)
		if ferr != nil {
			return usageError{ferr}
		}
		if o.Capture, err = tap.NewCapture(f); err != nil {
			return err
		}
		flushed := flushing(o.Capture)
		defer func() {
			flushed()
			err = errors.Join(err, o.Capture.Flush(), f.Close())
		}()
	}
	t := tap.New(o)
	defer t.Close()
	fmt.Fprintf(a.err, "USBMUXD_SOCKET_ADDRESS=%s, answered by %s\n", muxd.Tell(l.Addr()), c.To)
	stop, done := interrupted()
	defer done()
	served := make(chan error, 1)
	go func() { served <- t.Serve(l) }()
	select {
	case <-stop:
		return nil
	case err := <-served:
		return err
	}
}

// flushing writes a capture to its file from time to time, so that a tap that is
// killed leaves what it has seen. Errors are kept for the last flush. It goes on
// until end is called.
func flushing(c *tap.Capture) (end func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(refresh)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_ = c.Flush()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
	}
}
