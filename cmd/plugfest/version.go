package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
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

type versionCmd struct{}

// Help is shown below the flags.
func (versionCmd) Help() string {
	return "Example:\n\n    plugfest version\n"
}

// Run prints the version.
func (versionCmd) Run(a *app) error {
	_, err := fmt.Fprintf(a.out, "plugfest %s %s %s/%s\n", programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
