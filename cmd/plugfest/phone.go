package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/state"
)

type phoneCmd struct {
	Persona  string        `default:"iphone-14" help:"Which phone: a persona by name, or a YAML file."`
	Muxd     []string      `placeholder:"SOCKET" default:"tcp:127.0.0.1:27015" help:"Where clients of usbmuxd reach it: tcp:HOST:PORT or unix:PATH; several may be given."`
	Records  string        `placeholder:"DIR" type:"path" help:"Keep pair records in this directory; otherwise they are forgotten at the end."`
	Media    string        `placeholder:"DIR" type:"existingdir" help:"What AFC shows and changes; otherwise a tree in memory."`
	Trust    string        `enum:"accept,refuse,ask" default:"accept" help:"What the user does about the trust dialog: accept, refuse, or ask (leave it open until you say trust)."`
	Thinking time.Duration `help:"How long the user thinks about it."`
	Passcode bool          `help:"There is a passcode."`
	Locked   bool          `help:"The phone is locked with it."`
	Image    bool          `help:"A developer disk image is mounted."`
	Boot     time.Duration `default:"20s" help:"How long it takes to boot."`
}

// Help is shown below the flags.
func (phoneCmd) Help() string {
	return `A simulated iPhone for as long as you want it. Any program that speaks to usbmuxd finds it by
USBMUXD_SOCKET_ADDRESS. Commands on standard input change it while it runs: lock, unlock, trust,
refuse, unplug, plug, restart, shutdown, power, quit. The last but one is the button: it starts
a phone that is off or in recovery mode, and wakes one that sleeps.

Examples:

    plugfest phone
    USBMUXD_SOCKET_ADDRESS=127.0.0.1:27015 ideviceinfo

    plugfest phone --muxd unix:/tmp/usbmuxd --trust ask
    plugfest phone --persona ipad-9 --media ~/Pictures --records pairs
`
}

// Run is a phone until it is interrupted or told to quit.
func (c *phoneCmd) Run(a *app) error {
	o, err := c.options()
	if err != nil {
		return usageError{err}
	}
	d, err := desk.Start(o, c.Muxd...)
	if err != nil {
		return usageError{err}
	}
	defer d.Close()
	p := o.Persona
	fmt.Fprintf(a.out, "%s, iOS %s, %s\n", p.ProductType, p.ProductVersion, d.UDID())
	fmt.Fprintf(a.out, "%s ideviceinfo\n", d.Environment())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(stop)
	quit := make(chan struct{})
	go c.listen(a, os.Stdin, d, quit)
	select {
	case <-stop:
	case <-quit:
	}
	return d.Close()
}

func (c *phoneCmd) options() (desk.Options, error) {
	p, err := persona(c.Persona)
	if err != nil {
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
