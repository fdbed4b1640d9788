package acceptance

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/phone"
)

// The kernel's own drivers take the network functions of a phone, in each mode that
// has one: ipheth the USB Ethernet, cdc_ncm the other. Neither has a carrier.
func TestNetworkOnTheKernel(t *testing.T) {
	needPrograms(t, "usbip", "lsusb", "ip")
	g := boot(t, lab.Options{Modules: []string{"vhci_hcd", "ipheth", "cdc_ncm"}, Network: true, TimeLimit: 6 * time.Minute,
		KernelArgs: []string{"modprobe.blacklist=apple_mfi_fastcharge"}})
	g.sh("mkdir -p /var/run/vhci_hcd")
	for _, c := range []struct {
		mode, config int
		drivers      []string
	}{
		{1, 4, []string{"ipheth"}},
		{3, 5, []string{"cdc_ncm"}},
		{4, 6, []string{"ipheth", "cdc_ncm"}},
		{5, 1, []string{"cdc_ncm"}},
	} {
		t.Run(fmt.Sprintf("mode %d", c.mode), func(t *testing.T) {
			p, err := phone.LoadPersona(phone.DefaultPersona)
			require.NoError(t, err)
			require.NoError(t, p.Overlay([]byte(fmt.Sprintf("usb: {mode: %d}", c.mode))))
			x := export(t, desk.Options{Persona: &p})
			g.sh("usbip --tcp-port %s attach -r %s -b 1-1", x.port, lab.HostAddress)
			g.until("iPhone on the bus", "lsusb -d 05ac:12a8")
			g.sh("lsusb -v -d 05ac:12a8 >/tmp/lsusb 2>/tmp/lsusb.errors")
			require.Empty(t, g.sh("cat /tmp/lsusb.errors"))
			require.NotRegexp(t, "(?i)unrecognized|warning|garbage|invalid|couldn't", g.sh("cat /tmp/lsusb"))
			g.sh("echo %d >/sys/bus/usb/devices/1-1/bConfigurationValue", c.config)
			for _, driver := range c.drivers {
				net := g.until("network interface of "+driver, "ls -d /sys/bus/usb/drivers/%s/1-1:*/net/*", driver)
				name := regexp.MustCompile(`([^/\s]+)\s*$`).FindStringSubmatch(net)[1]
				link := g.sh("ip link set %s up; sleep 1; ip link show %s", name, name)
				require.Contains(t, link, "NO-CARRIER", driver)
				require.Regexp(t, `link/ether .[26ae]:`, link, "a locally administered address")
			}
			g.sh("usbip detach -p 0")
			g.until("end of the iPhone", "! lsusb -d 05ac:12a8")
		})
	}
	log := g.KernelLog()
	require.Regexp(t, "ipheth.*Apple iPhone USB Ethernet device attached", log)
	require.Regexp(t, "cdc_ncm.*register 'cdc_ncm'", log)
	// cdc_ncm tries interface 2 of every iPhone, whatever its class: with a real
	// phone it says the same of the USB Ethernet there.
	requireCleanKernelLog(t, regexp.MustCompile(`(?m)^.*cdc_ncm 1-1:[46]\.2: bind\(\) failure.*\n`).ReplaceAllString(log, ""))
}
