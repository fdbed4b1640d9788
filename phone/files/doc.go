// Package files is the file system of a simulated phone, as the services that
// show it to a host need it.
//
// A [Tree] is a root directory and what lies below. [Memory] keeps it in memory:
// files are sparse, so that one of 5 GiB costs what was written to it. [Host]
// shows a directory of this machine, and lets no path out of it. Both count
// free space, so that a phone can be full; [Guard] restricts a tree, and Sub
// makes a directory a root of its own.
//
// # Names
//
// A name is a path from the root, with or without a slash in front. [Clean]
// says what a name means: "..", "." and double slashes are resolved by the text
// alone, and the root is its own parent. A NUL, bytes that are no UTF-8, and
// names longer than a phone takes are refused.
//
// # Errors
//
// Every error is an [*fs.PathError] that holds one of the sentinels of this
// package, for errors.Is, and the name in the tree, never one of the machine.
//
// # Content
//
// A [Layout] says what a tree is to hold, as data; [Media] is what a phone has
// below /var/mobile/Media.
//
// Trees hold no locks: all use of one belongs to one world. Host blocks its
// world while the machine's file system works.
package files
