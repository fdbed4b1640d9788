// Package doctor finds out what a machine can do of what Plugfest could use: its
// kernel's modules, USB device controllers and buses, who may use them, programs,
// and the lab. For whatever is missing it names the command that gets it.
//
// [Examine] looks and changes nothing. What it looks at is a [Machine]: [Host] is
// this one, and anything else that has a file system may be examined too, which is
// how the tests examine machines that they do not run on.
package doctor
