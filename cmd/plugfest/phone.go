package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

type phoneCmd struct {
	Persona  string        `default:"iphone-14" help:"Which phone: a persona by name, or a YAML file."`
	Set      string        `placeholder:"YAML" help:"What differs from the persona, such as 'link: {no-ack: true}'; see doc/personas.md."`
	Muxd     []string      `sep:"none" placeholder:"SOCKET" help:"Plug it into a usbmuxd of our own, which clients reach here: tcp:HOST:PORT or unix:PATH; several may be given. The default, with tcp:127.0.0.1:27015."`
	Usbip    string        `placeholder:"ADDRESS" help:"Export it over USB/IP instead: tcp:HOST:PORT, PORT or unix:PATH."`
	Gadget   portSpec      `placeholder:"SPEC" help:"Plug it into a device controller of this machine instead: gadget:UDC, or gadget: for the first."`
	Host     hostSpec      `placeholder:"SPEC" help:"What it uses as a USB host, after a role switch: usb:VID:PID (this machine's devices, by libusb) or usbip:HOST:PORT/BUSID; with --usbip or --gadget."`
	Records  string        `placeholder:"DIR" type:"path" help:"Keep the computer's pair records in this directory; otherwise they are forgotten at the end."`
	Media    string        `placeholder:"DIR" type:"existingdir" help:"What AFC shows and changes; otherwise a tree in memory."`
	Trust    string        `enum:"accept,refuse,ask" default:"accept" help:"What the user does about the trust dialog: accept, refuse, or ask (leave it open until you say trust)."`
	Thinking time.Duration `help:"How long the user thinks about it."`
	Passcode bool          `help:"There is a passcode."`
	Locked   bool          `help:"The phone is locked with it."`
	Image    bool          `help:"A developer disk image is mounted."`
	Boot     time.Duration `default:"20s" help:"How long it takes to boot."`
	watchFlags
}

// Help is shown below the flags.
func (phoneCmd) Help() string {
	return `A simulated iPhone for as long as you want it. Any program that speaks to usbmuxd finds it by
USBMUXD_SOCKET_ADDRESS; with --usbip or --gadget a USB host finds it. Commands on standard input change it while it
runs: lock, unlock, trust, refuse, unplug, plug, restart, shutdown, power, quit. The last but one is the button: it
starts a phone that is off or in recovery mode, and wakes one that sleeps.

Examples:

    plugfest phone
    USBMUXD_SOCKET_ADDRESS=127.0.0.1:27015 ideviceinfo

    plugfest phone --muxd unix:/tmp/usbmuxd --trust ask
    plugfest phone --persona ipad-9 --media ~/Pictures --records pairs

    plugfest phone --usbip tcp:0.0.0.0:3240
    sudo usbip attach -r HOST -b 1-1

    sudo plugfest phone --gadget gadget: --host usb:1d6b:0104 -v

-v and --capture show USB: give --usbip or --gadget too; plugfest tap shows what passes on a socket of usbmuxd.
usb: needs a program that was built with -tags libusb, gadget: needs root.
`
}

// Run is a phone until it is interrupted or told to quit.
func (c *phoneCmd) Run(a *app) error {
	o, err := c.options()
	if err != nil {
		return usageError{err}
	}
	stop, done := interrupted()
	defer done()
	broken := newFailure()
	var x *watch
	if c.outlet() {
		o.Outlet = c.plugIn(a, &x, broken.set)
	}
	var d *desk.Running
	launched := make(chan struct{})
	go func() { // a port may have to be waited for
		defer close(launched)
		d, err = desk.Launch(o, c.Muxd...)
	}()
	select {
	case <-launched:
	case <-stop:
		return nil
	}
	if err != nil {
		return c.startError(err)
	}
	err = c.live(a, o.Persona, d, stop, broken)
	return errors.Join(err, d.Close(), x.close())
}

// slow is how long a phone takes to get ready that gets ready at all, with a margin.
const slow = 3 * time.Second

// live lets the phone live until it is interrupted, told to quit, or broken.
func (c *phoneCmd) live(a *app, p *phone.Persona, d *desk.Running, stop <-chan struct{}, broken failure) error {
	late := d.Ready()
	select {
	case <-late:
		late = nil
	case <-time.After(slow):
		fmt.Fprintf(a.err, "plugfest: the phone is not ready: usbmuxd has not shown it for %v, and programs do not find it; its persona may want that (--persona, --set)\n", slow)
	case <-stop:
		return nil
	case <-d.Ended():
		return errors.New("the world ended at once")
	case err := <-broken:
		return err
	}
	fmt.Fprintf(a.out, "%s, iOS %s, %s\n", p.ProductType, p.ProductVersion, d.UDID())
	if !c.outlet() {
		fmt.Fprintf(a.out, "%s ideviceinfo\n", d.Environment())
	}
	quit := make(chan struct{})
	go c.listen(a, os.Stdin, d, quit)
	for {
		select {
		case <-late:
			late = nil
			fmt.Fprintln(a.err, "plugfest: the phone is ready now")
		case <-stop:
			return nil
		case <-quit:
			return nil
		case <-d.Ended():
			return nil // Close says why
		case err := <-broken:
			return err
		}
	}
}

// outlet reports whether the phone is plugged into something that is not ours.
func (c *phoneCmd) outlet() bool { return c.Usbip != "" || c.Gadget.text != "" }

// plugIn opens what the flags name, where the phone is plugged in.
func (c *phoneCmd) plugIn(a *app, x **watch, broken func(error)) func(*sim.World) (usb.Port, usb.Host, error) {
	return func(w *sim.World) (port usb.Port, host usb.Host, err error) {
		s := &station{app: a, w: w, me: "phone", peer: "headunit", broken: broken}
		if *x, err = c.watch(a, w, s.me, s.peer); err != nil {
			return nil, nil, usageError{err}
		}
		port, err = s.port(c.Gadget)
		if err != nil {
			return nil, nil, err
		}
		host, err = s.host(c.Host)
		return port, host, err
	}
}

// startError tells what the user can change from what is broken.
func (c *phoneCmd) startError(err error) error {
	var usage usageError
	switch inner := errors.Unwrap(err); {
	case !c.outlet() || errors.As(err, &usage):
		return usageError{err}
	case inner != nil:
		return inner // without the name of package desk
	}
	return err
}

func (c *phoneCmd) options() (desk.Options, error) {
	p, err := persona(c.Persona)
	if err != nil {
		return desk.Options{}, err
	}
	if c.Set != "" {
		if err := p.Overlay([]byte(c.Set)); err != nil {
			return desk.Options{}, fmt.Errorf("--set: %w", err)
		}
	}
	if err := c.where(); err != nil {
		return desk.Options{}, err
	}
	o := desk.Options{Persona: &p, State: state.Options{Passcode: c.Passcode || c.Locked, Locked: c.Locked, Image: c.Image, BootTime: c.Boot}}
	o.State.User = state.User{After: c.Thinking, Answer: map[string]state.Answer{
		"accept": state.AnswerTrust, "refuse": state.AnswerRefuse, "ask": state.AnswerNone}[c.Trust]}
	if c.Records != "" {
		if o.Records, err = muxd.OpenDirectory(c.Records); err != nil {
			return o, err
		}
	}
	if c.Media != "" {
		if o.State.Media, err = files.NewHost(c.Media, files.Options{}); err != nil {
			return o, err
		}
	}
	return o, nil
}

// where checks the flags that say where it is plugged in, and fills in the default.
func (c *phoneCmd) where() error {
	given := 0
	for _, yes := range []bool{len(c.Muxd) > 0, c.Usbip != "", c.Gadget.text != ""} {
		if yes {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("--muxd, --usbip and --gadget say where the phone is plugged in: give one of them")
	case c.outlet() && c.Records != "":
		return errors.New("--records are those of our own usbmuxd: with --usbip and --gadget the computer keeps its own")
	case !c.outlet() && c.Host.text != "":
		return errors.New("--host is what a phone uses that has switched roles, which usbmuxd does not ask for: give --usbip or --gadget too")
	case !c.outlet() && (c.Verbose || c.Capture != ""):
		return errors.New("-v and --capture show USB: give --usbip or --gadget too; plugfest tap shows what passes on a socket of usbmuxd")
	case c.Usbip != "":
		return c.Gadget.UnmarshalText([]byte(usbipPrefix + c.Usbip))
	case given == 0:
		c.Muxd = []string{"tcp:127.0.0.1:27015"}
	}
	return nil
}

// persona loads an embedded persona, or reads a file where the name looks like
// one.
func persona(name string) (phone.Persona, error) {
	if !strings.ContainsAny(name, "/.") {
		return phone.LoadPersona(name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return phone.Persona{}, err
	}
	return phone.ParsePersona(data)
}

// wishes are the commands on standard input.
var wishes = map[string]func(*desk.Desk){
	"lock":     func(d *desk.Desk) { d.State.SetPasscode(true); d.State.Lock() },
	"unlock":   func(d *desk.Desk) { d.State.Unlock() },
	"trust":    func(d *desk.Desk) { d.State.Trust() },
	"refuse":   func(d *desk.Desk) { d.State.Refuse() },
	"unplug":   (*desk.Desk).Unplug,
	"plug":     (*desk.Desk).Plug,
	"restart":  func(d *desk.Desk) { d.State.Power(state.Restart) },
	"shutdown": func(d *desk.Desk) { d.State.Power(state.Shutdown) },
	"power":    (*desk.Desk).PowerOn,
}

// listen carries out commands until the input ends or says quit. The end of the
// input leaves the phone running: it may have been started in the background.
func (c *phoneCmd) listen(a *app, in io.Reader, d *desk.Running, quit chan<- struct{}) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		word := strings.TrimSpace(lines.Text())
		switch wish := wishes[word]; {
		case word == "":
		case word == "quit":
			close(quit)
			return
		case wish == nil:
			fmt.Fprintf(a.err, "plugfest: no command %q; there are lock, unlock, trust, refuse, unplug, plug, restart, shutdown, power, quit\n", word)
		default:
			d.Do(wish)
			fmt.Fprintln(a.out, word)
		}
	}
}
