package acceptance

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/hil/lab"
)

// needPrograms skips a test where programs of the machine, which the guest shares,
// are missing.
func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			t.Skipf("no %s on this machine", n)
		}
	}
}

const mib = 1 << 20

// The real usbmuxd and the real tools, on a real kernel's USB stack, take the
// simulated iPhone for an iPhone.
func TestUsbmuxdOnTheKernel(t *testing.T) {
	needPrograms(t, "usbip", "lsusb", "usbmuxd", "idevice_id", "ideviceinfo", "idevicepair", "idevicename", "ifuse")
	phone := export(t, desk.Options{})
	udid := phone.UDID()
	g := boot(t, lab.Options{Modules: []string{"vhci_hcd", "fuse"}, Network: true, Udev: true, TimeLimit: 8 * time.Minute,
		KernelArgs: []string{"modprobe.blacklist=apple_mfi_fastcharge"}})
	g.sh("mkdir -p /var/run/vhci_hcd /var/lib/lockdown; rm -f /var/lib/lockdown/*")
	attach := func() {
		g.sh("usbip --tcp-port %s attach -r %s -b 1-1", phone.port, lab.HostAddress)
		g.until("iPhone on the bus", "lsusb -d 05ac:12a8")
	}
	attach()

	t.Run("lsusb prints four configurations without complaint", func(t *testing.T) {
		g.sh("lsusb -v -d 05ac:12a8 >/tmp/lsusb 2>/tmp/lsusb.errors")
		require.Empty(t, g.sh("cat /tmp/lsusb.errors"))
		list := g.sh("cat /tmp/lsusb")
		require.Contains(t, list, "bNumConfigurations      4")
		for _, want := range []string{
			"iConfiguration          5 PTP\n",
			"iConfiguration          6 iPod USB Interface\n",
			"iConfiguration          7 PTP + Apple Mobile Device\n",
			"iConfiguration          8 PTP + Apple Mobile Device + Apple USB Ethernet\n",
			"iInterface             15 Apple USB Multiplexor\n",
			"wTotalLength       0x0075\n",
			"iSerial                 3 " + phone.serial() + "\n",
		} {
			require.Contains(t, list, want)
		}
		require.NotRegexp(t, "(?i)unrecognized|warning|garbage|invalid|couldn't", list)
	})

	_, err := g.Go(lab.Command{Args: []string{"usbmuxd", "-f", "-v", "-U", "root"}})
	require.NoError(t, err)
	listed := func() { g.until("iPhone in the list of usbmuxd", "idevice_id -l | grep -qx %s", udid) }
	listed()

	t.Run("usbmuxd pairs by its own preflight, then the tools work", func(t *testing.T) {
		require.Contains(t, g.sh("cat /var/lib/lockdown/%s.plist", udid), "HostPrivateKey")
		require.Contains(t, g.sh("idevicepair validate"), "SUCCESS: Validated pairing with device "+udid)
		require.Equal(t, udid+"\n", g.sh("idevicepair list"))
		require.Equal(t, "iPhone14,7\n", g.sh("ideviceinfo -k ProductType"))
		require.Regexp(t, "(?m)^UniqueDeviceID: "+udid+"$", g.sh("ideviceinfo"))
		require.Equal(t, "Car phone\n", g.sh("idevicename 'Car phone' >/dev/null && idevicename"))
	})

	t.Run("64 MiB by AFC each way", func(t *testing.T) {
		g.sh("mkdir -p /tmp/phone && ifuse -o big_writes /tmp/phone")
		g.sh("head -c %d /dev/urandom >/tmp/out && cp /tmp/out /tmp/phone/file && cp /tmp/phone/file /tmp/back && cmp /tmp/out /tmp/back", 64*mib)
		require.Equal(t, phone.sum(t, "/file"), g.sh("sha256sum </tmp/out | cut -c-64 | tr -d '\\n'"), "what the phone has")
		g.sh("rm /tmp/phone/file && umount /tmp/phone")
	})

	t.Run("unplugged in mid-transfer, and plugged in again", func(t *testing.T) {
		// The phone stops acknowledging in the middle, so that usbmuxd is at rest when the
		// cable is pulled: usbmuxd 1.1.1 waits for ever for a read that it submits again to
		// a phone which has just left (rx_callback ignores the error; its issue 114). A
		// guest is slow, and that moment in it long.
		require.NoError(t, phone.Do(func(d *desk.Desk) { acknowledges(t, d, 3*mib) }))
		g.sh("ifuse -o big_writes /tmp/phone")
		copying, err := g.Go(lab.Command{Args: []string{"cp", "/tmp/out", "/tmp/phone/cut"}})
		require.NoError(t, err)
		phone.waitSize(t, "/cut", 2*mib)
		require.NoError(t, phone.Do(func(d *desk.Desk) {
			d.World.Sleep(time.Second)
			d.Unplug()
			acknowledges(t, d, 0)
		}))
		out, err := copying.Wait(t.Context())
		require.NoError(t, err)
		require.NotZero(t, out.ExitCode, "cp says that it failed")
		g.until("end of the iPhone", "! lsusb -d 05ac:12a8")
		g.until("end of it in usbmuxd's list", "idevice_id -l >/tmp/list && test ! -s /tmp/list")
		g.sh("umount -l /tmp/phone")

		require.NoError(t, phone.Do((*desk.Desk).Plug))
		attach()
		listed()
		require.Equal(t, "iPhone14,7\n", g.sh("ideviceinfo -k ProductType"), "the pairing of before holds")
	})
	requireCleanKernelLog(t, g.KernelLog())
}

// acknowledges says how many bytes the phone acknowledges on each connection to come;
// 0: all.
func acknowledges(t *testing.T, d *desk.Desk, bytes int64) {
	t.Helper()
	mux := d.Phone.Persona().USBMux
	mux.NoAckAfter = bytes
	assert.NoError(t, d.Phone.SetUSBMux(mux))
}
