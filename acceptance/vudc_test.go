package acceptance

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// milestones are told by the wire, as the dissector reads it, in this order.
var milestones = []string{
	"headunit > usb.request role switch",
	"phone > usb.request SET_CONFIGURATION", // of the gadget, by the phone as host
	"headunit > iap2.link syn",
	"phone > iap2.link synack",
	"phone > iap2.control RequestAuthenticationCertificate",
	"headunit > iap2.control AuthenticationCertificate",
	"headunit > iap2.control AuthenticationResponse",
	"phone > iap2.control AuthenticationSucceeded",
	"headunit > iap2.control IdentificationInformation",
	"phone > iap2.control IdentificationAccepted",
}

// The phone in this process, as USB host by our USB/IP client, imports the gadget of a
// head unit in the guest, which the kernel's own usbip-vudc and usbipd export: it is
// enumerated, and link, authentication and identification run over it.
func TestGadgetOfTheKernelsServer(t *testing.T) {
	needPrograms(t, "usbip", "usbipd")
	labtest.Need(t, lab.Options{})
	dir := t.TempDir()
	program := buildWithLibusb(t, dir)
	g := boot(t, lab.Options{Dir: dir, Forward: []lab.Forward{{Guest: 3240}}, TimeLimit: 4 * time.Minute,
		Modules: []string{"vhci_hcd", "usbip-vudc", "libcomposite", "usb_f_fs"}})
	labtest.NeedAlternates(t, g.Machine)
	forwarded, ok := g.Forwarded(3240)
	require.True(t, ok)

	reached := make(chan string, 1000)
	var port string
	phone, err := desk.Start(desk.Options{Outlet: func(w *sim.World) (usb.Port, usb.Host, error) {
		d := dissect.New(func(e *sim.Event) {
			line := e.Who + " > " + e.Layer + " " + e.Kind
			for _, m := range milestones {
				if line == m {
					reached <- line
				}
			}
		})
		w.Observe(d.Observe)
		p, _, number, err := serve(w, usbip.PortOptions{Host: "headunit", Device: "phone"})
		port = number
		host := usbip.NewClient(w, usbip.ClientOptions{Server: forwarded, Retry: 200 * time.Millisecond,
			Cable: usb.CableOptions{A: "phone", B: "headunit", BusA: 40, BusB: 41}})
		return p, host, err
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, phone.Close()) })

	g.sh("mkdir -p /var/run/vhci_hcd; mount -t configfs none /sys/kernel/config 2>/dev/null || true; usbipd --device -D")
	unit, err := g.Go(lab.Command{Args: []string{program, "headunit", "--host", "usb:05ac:*", "--gadget", "gadget:usbip-vudc.0", "--mfi", "sim:", "-v"}})
	require.NoError(t, err)
	g.sh("usbip --tcp-port %s attach -r %s -b 1-1", port, lab.HostAddress)

	var got []string
	limit := time.After(90 * time.Second)
	for at := 0; at < len(milestones); {
		select {
		case line := <-reached:
			if got = append(got, line); line == milestones[at] {
				at++
			}
		case <-limit:
			out, _ := unit.Wait(t.Context())
			require.FailNowf(t, "not all milestones came", "missing %s; came:\n%s\nhead unit:\n%s\n%s",
				milestones[at], strings.Join(got, "\n"), out, tail(g.KernelLog()))
		}
	}
	requireCleanKernelLog(t, g.KernelLog())
}
