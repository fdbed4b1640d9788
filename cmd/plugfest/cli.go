package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/scenarios"
)

// cli is the command line.
type cli struct {
	Run      runCmd      `cmd:"" help:"Run scenarios; without arguments all built-in ones, in memory."`
	Phone    phoneCmd    `cmd:"" help:"A simulated iPhone, for as long as you want it."`
	Headunit headunitCmd `cmd:"" help:"A simulated head unit, for as long as you want it."`
	Muxd     muxdCmd     `cmd:"" help:"A daemon as usbmuxd, over libusb or USB/IP."`
	Tap      tapCmd      `cmd:"" help:"Sit on a socket of usbmuxd and show what passes, decoded."`
	Mfi      mfiCmd      `cmd:"" help:"Ask an authentication chip what it is; have it sign; be one for a kernel."`
	Decode   decodeCmd   `cmd:"" help:"Show a capture of USB or I2C traffic as a ladder diagram."`
	Lab      labCmd      `cmd:"" help:"Run a command under a real Linux kernel, in a virtual machine."`
	Doctor   doctorCmd   `cmd:"" help:"What this machine can do, and what to install for the rest."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
	Help     helpCmd     `cmd:"" help:"Show this, or the help of a command."`

	PrintVersion versionFlag `name:"version" help:"Print the version."`
}

// app is what commands work with.
type app struct {
	out, err io.Writer
	colour   bool
	bench    benchOf
}

// benchOf is a bench to run scenarios on, and what knows beforehand whether they
// can.
type benchOf struct {
	make  scenarios.Maker
	check scenarios.Checker
}

// exitCode ends a command with a code other than 0 that needs no message.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// usageError is an error whose exit code says that the user must change
// something.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

const description = `A plugfest as software: simulated iPhones and car head units exchange real USB, iAP2 and CarLife traffic.`

// execute runs a command line and returns its exit code.
func execute(args []string, stdout, stderr io.Writer, bench benchOf) (code int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exitCode: // from kong, after --help
			code = int(r)
		default:
			fmt.Fprintf(stderr, "plugfest: a fault of plugfest's: %v\n%s", r, debug.Stack())
			code = scenarios.ExitBroken
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("plugfest"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Vars{"models": strings.Join(headunit.Models(), ", ")},
		kong.Exit(func(code int) { panic(exitCode(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "plugfest: %v\nplugfest --help lists commands; plugfest COMMAND --help shows one with examples\n", err)
		return scenarios.ExitUsage
	}
	a := &app{out: stdout, err: stderr, colour: wantsColour(stdout), bench: bench}
	return a.exit(ctx.Run(a))
}

// exit reports an error and returns the exit code for it.
func (a *app) exit(err error) int {
	var quiet exitCode
	var usage usageError
	switch {
	case err == nil:
		return scenarios.ExitPassed
	case errors.As(err, &quiet):
		return int(quiet)
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "plugfest: %v\n", err)
		return scenarios.ExitUsage
	}
	fmt.Fprintf(a.err, "plugfest: %v\n", err)
	return scenarios.ExitBroken
}
