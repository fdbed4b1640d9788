package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// version may be set by the linker: -X main.version=v1.2.3.
var version string

// programVersion is the version of this build: as the linker was told, or as Go
// recorded it.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// versionLine is what the command and the flag print.
func versionLine() string {
	return fmt.Sprintf("plugfest %s %s %s/%s\n", programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionFlag is --version; kong calls BeforeReset when it sees it.
type versionFlag bool

// BeforeReset prints the version and ends the program.
func (versionFlag) BeforeReset(k *kong.Kong) error {
	_, err := io.WriteString(k.Stdout, versionLine())
	k.Exit(0)
	return err
}

// helpCmd is "plugfest help", as many programs have it.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"Command to help with."`
}

// Help is shown below the flags.
func (helpCmd) Help() string {
	return "Example:\n\n    plugfest help run\n"
}

// Run does what --help after the command would do.
func (c *helpCmd) Run(a *app) error {
	return exitCode(execute(append(c.Command, "--help"), a.out, a.err, a.bench))
}

type versionCmd struct{}

// Help is shown below the flags.
func (versionCmd) Help() string {
	return "Example:\n\n    plugfest version\n"
}

// Run prints the version.
func (versionCmd) Run(a *app) error {
	_, err := io.WriteString(a.out, versionLine())
	return err
}
