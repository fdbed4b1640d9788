package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/plugfest/plugfest/hil/lab"
)

type labCmd struct {
	Command []string `arg:"" optional:"" passthrough:"" help:"What to run in the guest; without it a shell, with -i."`

	Module      []string       `sep:"none" placeholder:"'NAME [PARAM=VALUE ...]'" help:"Load this kernel module; may be given several times."`
	Dir         string         `type:"existingdir" placeholder:"DIR" help:"Let the guest write to this directory, and begin there."`
	Interactive bool           `short:"i" help:"Give the command our standard input; if that is a terminal, a terminal."`
	Network     bool           `help:"Give the guest a network, in which 10.0.2.2 is this machine's loopback."`
	Forward     []string       `placeholder:"HOST:GUEST" help:"Lead a TCP port of this machine's loopback to one of the guest."`
	Udev        bool           `help:"Run systemd-udevd in the guest."`
	TimeLimit   *time.Duration `placeholder:"TIME" help:"Kill the guest after this time; default 2m, on a terminal 24h."`
	Memory      whole          `default:"512" placeholder:"MIB" help:"Memory of the guest; default 512."`
	KernelLog   string         `placeholder:"FILE" help:"Keep the log of the guest's kernel; - is standard error."`
	KernelArg   []string       `sep:"none" placeholder:"ARG" help:"Add to the kernel's command line; may be given several times."`
	Kernel      string         `placeholder:"PACKAGE" help:"A Debian kernel package: a .deb, or a directory where it is unpacked; default the newest in the cache."`
	Install     bool           `help:"Install packages that are missing, and download a kernel if there is none."`
	Prepare     bool           `help:"Download and unpack Debian's current kernel, unless it is there already, and run nothing."`
}

// Help is shown below the flags.
func (labCmd) Help() string {
	return `Runs a command under a real Linux kernel, in a virtual machine. Its root is this machine's, read-only,
with a layer in memory above: every program is there, and what the command changes is forgotten. /tmp
and /run are empty at first.

Examples:

    plugfest lab --prepare --install
    plugfest lab uname -a
    plugfest lab --module vhci_hcd --network -- usbip list -r 10.0.2.2
    plugfest lab --module 'dummy_hcd num=2' --module libcomposite --dir out ./test-gadget.sh
    plugfest lab --udev --module i2c-dev

The exit code is that of the command. It is 3 also where the lab itself broke: the kernel panicked, the
guest switched itself off or hung until its time limit. Standard error then says so.
`
}

// Run runs a command in a guest.
func (c *labCmd) Run(a *app) error {
	o, err := c.options(a)
	if err != nil {
		return usageError{err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.Prepare {
		return lab.Prepare(ctx, o)
	}
	command, restore, err := c.command(a)
	if err != nil {
		return err
	}
	if command.Terminal != nil && c.TimeLimit == nil {
		o.TimeLimit = 24 * time.Hour
	}
	result, err := lab.Run(ctx, o, command)
	if err := errors.Join(restore(), err, c.keepLog(a, result.KernelLog)); err != nil {
		return err
	}
	if result.ExitCode != 0 {
		return exitCode(result.ExitCode)
	}
	return nil
}

func (c *labCmd) options(a *app) (lab.Options, error) {
	o := lab.Options{Modules: c.Module, Dir: c.Dir, Network: c.Network, Udev: c.Udev,
		Memory: int(min(c.Memory, 1<<20)), KernelArgs: c.KernelArg, Kernel: c.Kernel, Install: c.Install, Log: a.err}
	if c.TimeLimit != nil {
		if o.TimeLimit = *c.TimeLimit; o.TimeLimit <= 0 {
			return o, fmt.Errorf("--time-limit %v: want more than 0", o.TimeLimit)
		}
	}
	for _, s := range c.Forward {
		f, err := lab.ParseForward(s)
		if err != nil {
			return o, fmt.Errorf("--forward: %w", err)
		}
		o.Forward = append(o.Forward, f)
	}
	return o, nil
}

// command is what to run. restore puts our terminal back into its state.
func (c *labCmd) command(a *app) (out lab.Command, restore func() error, err error) {
	out = lab.Command{Args: c.Command, Stdout: a.out, Stderr: a.err}
	if len(out.Args) > 0 && out.Args[0] == "--" {
		out.Args = out.Args[1:]
	}
	restore = func() error { return nil }
	if len(out.Args) == 0 {
		out.Args, c.Interactive = []string{"/bin/sh"}, true
	}
	if !c.Interactive {
		return out, restore, nil
	}
	out.Stdin = os.Stdin
	in, screen := int(os.Stdin.Fd()), int(os.Stdout.Fd())
	if !term.IsTerminal(in) || !term.IsTerminal(screen) {
		return out, restore, nil
	}
	width, height, err := term.GetSize(screen)
	if err != nil {
		return out, nil, fmt.Errorf("size of the terminal: %w", err)
	}
	before, err := term.MakeRaw(in)
	if err != nil {
		return out, nil, fmt.Errorf("terminal: %w", err)
	}
	out.Terminal = &lab.Terminal{Rows: height, Columns: width, Type: os.Getenv("TERM")}
	return out, func() error { return term.Restore(in, before) }, nil
}

// keepLog writes the kernel's log where it is wanted.
func (c *labCmd) keepLog(a *app, log string) error {
	switch c.KernelLog {
	case "":
		return nil
	case "-":
		_, err := io.WriteString(a.err, log)
		return err
	}
	return os.WriteFile(c.KernelLog, []byte(log), 0o666)
}
