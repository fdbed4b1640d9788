package main

import (
	"fmt"

	"github.com/plugfest/plugfest/headunit/muxd"
)

type muxdCmd struct {
	Host    []hostSpec `sep:"none" required:"" placeholder:"SPEC" help:"Where iPhones are: usb:05ac:* (this machine's, by libusb) or usbip:HOST:PORT/BUSID (one of another machine); several may be given."`
	Listen  []string   `sep:"none" placeholder:"SOCKET" default:"tcp:127.0.0.1:27015" help:"Where clients reach it: tcp:HOST:PORT or unix:PATH; several may be given. Default ${default}."`
	Records string     `placeholder:"DIR" type:"path" help:"Keep pair records in this directory; otherwise they are forgotten at the end."`
	watchFlags
}

// Help is shown below the flags.
func (muxdCmd) Help() string {
	return `A daemon as usbmuxd, over whatever finds iPhones: programs that speak to usbmuxd reach them by
USBMUXD_SOCKET_ADDRESS. It ends when interrupted.

Examples:

    plugfest muxd --host 'usb:05ac:*' --records ~/.config/plugfest/pairs
    USBMUXD_SOCKET_ADDRESS=127.0.0.1:27015 ideviceinfo

    plugfest muxd --host usbip:192.168.7.2/1-1 --listen unix:/tmp/usbmuxd
    plugfest muxd --host 'usb:05ac:*' --host usbip:lab:3240/1-1 -v

A phone can have one daemon only: stop the system's first (systemctl stop usbmuxd). usb: needs a program that was
built with -tags libusb.

Exit codes: 0 it was interrupted, 2 the command line is wrong, 3 it cannot go on.
`
}

// Run is a daemon until it is interrupted.
func (c *muxdCmd) Run(a *app) error {
	o := muxd.Options{}
	if c.Records != "" {
		records, err := muxd.OpenDirectory(c.Records)
		if err != nil {
			return usageError{err}
		}
		o.Records = records
	}
	s := a.newStation("usbmuxd", "phone", 1)
	x, err := c.watch(a, s.w, "phone", "usbmuxd")
	if err != nil {
		return usageError{err}
	}
	d := muxd.New(s.w, "usbmuxd", o)
	return s.live(x, func() error { return c.begin(s, d) }, func() { _ = d.Close() })
}

// begin opens hosts and sockets.
func (c *muxdCmd) begin(s *station, d *muxd.Daemon) error {
	for _, spec := range c.Host {
		h, err := s.host(spec)
		if err != nil {
			return err
		}
		d.Watch(h)
	}
	for _, address := range c.Listen {
		l, err := muxd.Open(address)
		if err != nil {
			return usageError{err}
		}
		d.Listen(l)
		fmt.Fprintf(s.out, "USBMUXD_SOCKET_ADDRESS=%s\n", muxd.Tell(l.Addr()))
	}
	return nil
}
