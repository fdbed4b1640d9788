// Package lab runs commands under a real Linux kernel without touching the
// machine's own: it boots a packaged Debian kernel in QEMU, whose root is the
// machine's own, read-only, with a layer in memory above it. Every program of
// the machine is there; modules load, gadgets bind and USB/IP attaches, and
// nothing of it outlives the guest.
//
// [Run] runs one command. [Start] boots a [Machine] that runs many, for a test
// that changes something outside in between:
//
//	m, err := lab.Start(ctx, lab.Options{Modules: []string{"vhci_hcd"}, Network: true})
//	defer m.Close()
//	out, err := m.Exec(ctx, "usbip", "attach", "-r", lab.HostAddress, "-b", "1-1")
//
// # What the guest sees
//
//   - /: the machine's files. What the guest changes is gone afterwards.
//   - /tmp and /run: empty. [Options.Show] names files below them to keep.
//   - [Options.Dir]: a directory of the machine under its own path, where the
//     guest writes for real. PLUGFEST_LAB_DIR names it.
//   - /run/plugfest/host: the machine's files without the layer above.
//   - 10.0.2.2, with [Options.Network]: the machine's loopback.
//
// Commands run as root of the guest, with whatever rights the caller has to the
// machine's files. Of files that change on the machine while a guest runs, it may
// see the old state, except in Options.Dir.
//
// # How it ends
//
// A guest counts as having ended well only if it said so in two ways: over its
// control channel, and by the status with which it makes QEMU exit. A panic, an
// oops, a guest that switches itself off, a QEMU that dies and one that outlives
// its time limit are each an [*Error].
package lab
