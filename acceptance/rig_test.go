package acceptance

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// exported is a phone that this process exports over USB/IP, on the loopback that a
// guest reaches as lab.HostAddress.
type exported struct {
	*desk.Running
	port string // of the server
}

// serve exports what is plugged into a port, as 1-1, and returns the number at which
// its server listens.
func serve(w *sim.World, o usbip.PortOptions) (p *usbip.Port, s *usbip.Server, number string, err error) {
	l, err := usbip.Open("tcp:127.0.0.1:0")
	if err != nil {
		return nil, nil, "", err
	}
	s = usbip.NewServer(w, usbip.Options{})
	s.Serve(l)
	p, err = s.Port("1-1", o)
	return p, s, strconv.Itoa(l.Addr().(*net.TCPAddr).Port), err
}

// export starts a phone.
func export(t *testing.T, o desk.Options) *exported {
	t.Helper()
	x := &exported{}
	o.Outlet = func(w *sim.World) (usb.Port, usb.Host, error) {
		p, _, number, err := serve(w, usbip.PortOptions{Host: "computer", Device: "phone"})
		x.port = number
		return p, usb.NoHost(w), err
	}
	var err error
	x.Running, err = desk.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	return x
}

// guest is a machine whose commands must succeed unless a test says otherwise.
type guest struct {
	*lab.Machine
	t *testing.T
}

func boot(t *testing.T, o lab.Options) guest {
	t.Helper()
	return guest{labtest.Start(t, o), t}
}

// try runs a script and returns what it printed and how it ended.
func (g guest) try(format string, args ...any) (string, int) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 5*time.Minute)
	defer cancel()
	out, err := g.Shell(ctx, fmt.Sprintf(format, args...))
	require.NoError(g.t, err)
	return out.String(), out.ExitCode
}

// sh runs a script that must succeed.
func (g guest) sh(format string, args ...any) string {
	g.t.Helper()
	out, code := g.try(format, args...)
	require.Zero(g.t, code, "%s\n%s\n%s", fmt.Sprintf(format, args...), out, tail(g.KernelLog()))
	return out
}

// write makes a file of the guest.
func (g guest) write(name, text string) {
	g.t.Helper()
	job, err := g.Go(lab.Command{Args: []string{"sh", "-c", "cat >" + name}, Stdin: strings.NewReader(text)})
	require.NoError(g.t, err)
	out, err := job.Wait(g.t.Context())
	require.NoError(g.t, err)
	require.Zero(g.t, out.ExitCode, out)
}

// until runs a script again and again until it succeeds.
func (g guest) until(what, format string, args ...any) string {
	g.t.Helper()
	return g.sh("for i in $(seq 100); do if (%s); then exit 0; fi; sleep 0.1; done; echo \"no %s\" >&2; exit 1", fmt.Sprintf(format, args...), what)
}

// serial is the serial number as USB has it.
func (x *exported) serial() string { return strings.ReplaceAll(x.UDID(), "-", "") }

// sum is the SHA-256 of a file in the phone's media, in hexadecimal.
func (x *exported) sum(t *testing.T, name string) string {
	t.Helper()
	var text string
	require.NoError(t, x.Do(func(d *desk.Desk) {
		b, err := files.ReadFile(d.State.Media(), name)
		if err != nil {
			text = err.Error()
			return
		}
		text = fmt.Sprintf("%x", sha256.Sum256(b))
	}))
	return text
}

// waitSize waits until a file in the phone's media has grown to a size.
func (x *exported) waitSize(t *testing.T, name string, size int64) {
	t.Helper()
	ok := false
	require.NoError(t, x.Do(func(d *desk.Desk) {
		for range 60_000 {
			if i, err := d.State.Media().Lstat(name); err == nil && i.Size >= size {
				ok = true
				return
			}
			d.World.Sleep(time.Millisecond)
		}
	}))
	require.True(t, ok, "%s does not grow to %d bytes", name, size)
}

// requireCleanKernelLog fails where the kernel complains of what a real phone would
// not make it complain of.
func requireCleanKernelLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if complaint.MatchString(line) && !harmless.MatchString(line) {
			t.Errorf("the kernel says: %s", line)
		}
	}
}

var (
	complaint = regexp.MustCompile(`(?i)\b(usb|vhci|usbip|hub|ipheth|cdc).*(\berror\b|fail|invalid|cannot|can't|warn|bug:|timed out|unable|refused|: -\d+\s*$)`)
	harmless  = regexp.MustCompile(`We don't know the algorithms for LPM|vhci_hcd: (sendmsg|recv\w*) failed!, ret=-(32|104)` /* the cable was pulled */)
)

// tail is the end of a log.
func tail(log string) string {
	lines := strings.SplitAfter(log, "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "")
}
