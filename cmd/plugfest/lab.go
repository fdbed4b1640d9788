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

	"github.com/plugfest/plugfest/hil/lab"
)

type labCmd struct {
	Command []string `arg:"" optional:"" passthrough:"" help:"What to run in the guest; without it a shell."`

	Module    []string      `sep:"none" placeholder:"'NAME [PARAM=VALUE ...]'" help:"Load this kernel module; may be given several times."`
	Dir       string        `type:"existingdir" placeholder:"DIR" help:"Let the guest write to this directory, and begin there."`
	Forward   []string      `placeholder:"HOST:GUEST" help:"Lead a TCP port of this machine's loopback into the guest."`
	Network   bool          `help:"Give the guest a network, from which this machine's loopback is 10.0.2.2."`
	Udev      bool          `help:"Run systemd-udevd in the guest."`
	TimeLimit time.Duration `default:"2m" help:"Kill the guest after this time; default 2m, for a shell none."`
	Memory    whole         `default:"512" placeholder:"MIB" help:"Memory of the guest; default 512."`
	KernelLog string        `placeholder:"FILE" help:"Keep the log of the guest's kernel here; - is standard error."`
	Kernel    string        `placeholder:"PACKAGE" help:"A Debian kernel package (.deb), or a directory where one is unpacked; default the newest in the cache."`
	Install   bool          `help:"Install packages that are missing, and download a kernel if there is none."`
	Prepare   bool          `help:"Only download and unpack a kernel, if there is none."`
}

// Help is shown below the flags.
func (labCmd) Help() string {
	return `Runs a command under a real Linux kernel in a virtual machine. Its root is this machine's, read-only,
with a layer in memory above: every program is there, and what the command changes is forgotten.
/tmp and /run are empty.

Examples:

    plugfest lab --prepare --install
    plugfest lab uname -a
    plugfest lab --module vhci_hcd --network -- usbip list -r 10.0.2.2
    plugfest lab --module 'dummy_hcd num=2' --module libcomposite --dir out -- ./test-gadget.sh
    plugfest lab --module i2c-dev --udev

The exit code is that of the command. It is 3 too where the lab broke: a panic, a guest that switched itself off,
the time limit; standard error then says so.
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
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:]
	}
	result, err := lab.Run(ctx, o, lab.Command{Args: c.Command, Stdout: a.out, Stderr: a.err})
	if err := errors.Join(err, c.keepLog(a, result.KernelLog)); err != nil {
		return err
	}
	if result.ExitCode != 0 {
		return exitCode(result.ExitCode)
	}
	return nil
}

func (c *labCmd) options(a *app) (lab.Options, error) {
	o := lab.Options{Modules: c.Module, Dir: c.Dir, TimeLimit: c.TimeLimit, Memory: int(min(c.Memory, 1<<20)), Network: c.Network,
		Udev: c.Udev, Kernel: c.Kernel, Install: c.Install, Log: a.err}
	if c.TimeLimit <= 0 {
		return o, fmt.Errorf("--time-limit %v: want more than 0", c.TimeLimit)
	}
	for _, s := range c.Forward {
		f, err := lab.ParseForward(s)
		if err != nil {
			return o, err
		}
		o.Forward = append(o.Forward, f)
	}
	return o, nil
}

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
