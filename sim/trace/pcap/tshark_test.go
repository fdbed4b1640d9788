package pcap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/trace/internal/script"
)

// tshark runs tshark on a file and returns its lines.
func tshark(t *testing.T, file []byte, args ...string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("tshark takes long to start")
	}
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed; the same bytes are compared with a golden file elsewhere")
	}
	name := filepath.Join(t.TempDir(), "test.pcapng")
	require.NoError(t, os.WriteFile(name, file, 0o644))
	cmd := exec.Command(program, append([]string{"-r", name}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	text := strings.TrimSuffix(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func TestTsharkDecodesEveryFrame(t *testing.T) {
	events := record(connection)
	file := write(t, events)
	require.Empty(t, tshark(t, file, "-Y", "_ws.malformed || _ws.unreassembled || _ws.expert.severity >= warning"))
	require.Len(t, tshark(t, file, "-Y", "usb"), len(transfers(events)))
	for _, p := range tshark(t, file, "-T", "fields", "-e", "frame.protocols") {
		require.True(t, strings.HasPrefix(p, "usb"), p)
	}
}

func fields(t *testing.T, file []byte, filter string, names ...string) []string {
	t.Helper()
	args := []string{"-Y", filter, "-T", "fields"}
	for _, n := range names {
		args = append(args, "-e", n)
	}
	return tshark(t, file, args...)
}

func TestTsharkShowsTheRoleSwitch(t *testing.T) {
	file := write(t, record(connection))
	require.Equal(t, []string{"0x40\t81\t0x0000\t0\t0"},
		fields(t, file, "usb.setup.bRequest == 0x51", "usb.bmRequestType", "usb.setup.bRequest", "usb.setup.wValue", "usb.setup.wIndex", "usb.setup.wLength"))
	require.Equal(t, []string{"host\t1.5.0"}, fields(t, file, "usb.setup.bRequest == 0x51", "usb.src", "usb.dst"))
	require.Len(t, fields(t, file, "usb.setup.bRequest == 0x53 && usb.bmRequestType == 0xc0", "frame.number"), 1)
}

func TestTsharkShowsBulkPayload(t *testing.T) {
	file := write(t, record(connection))
	require.Equal(t, []string{"'S'\t0x01\tff550200ee10", "'C'\t0x81\tff550200ee10"},
		fields(t, file, "usb.capdata", "usb.urb_type", "usb.endpoint_address", "usb.capdata"))
}

func TestTsharkDecodesDescriptors(t *testing.T) {
	file := write(t, record(connection))
	require.Equal(t, []string{"0x05ac\t0x12a8", "0x05ac\t0x12a8", "0x1d6b\t0x0104", "0x1d6b\t0x0104"},
		fields(t, file, "usb.idVendor", "usb.idVendor", "usb.idProduct"))
	require.Equal(t, []string{"0xff,0xff,0xff\t0xf0,0xf0,0xf0\t0x00,0x01,0x01\t0x81,0x01,0x82,0x02"},
		fields(t, file, "usb.bInterfaceSubClass == 0xf0", "usb.bInterfaceClass", "usb.bInterfaceSubClass", "usb.bInterfaceProtocol", "usb.bEndpointAddress"))
	require.Contains(t, fields(t, file, "usb.bString", "usb.bString"), script.CarLifeProtocol)
}

// Requests and answers find each other by the URB's id, and the times are those
// of the world.
func TestTsharkPairsAndTimes(t *testing.T) {
	events := record(connection)
	file := write(t, events)
	for _, line := range fields(t, file, "usb.urb_type == 'C'", "usb.request_in", "usb.time") {
		require.NotEqual(t, "\t", line)
	}
	require.Equal(t, []string{"1767225600.100000000", "1767225600.100125000"}, fields(t, file, "frame.number <= 2", "frame.time_epoch"))
	require.Equal(t, []string{"1767225600\t100000", "1767225600\t100125"}, fields(t, file, "frame.number <= 2", "usb.urb_ts_sec", "usb.urb_ts_usec"))
}

func TestTsharkShowsStatuses(t *testing.T) {
	file := write(t, record(connection))
	require.Equal(t, []string{"-32", "-108", "-32", "-32", "-104"}, fields(t, file, "usb.urb_type == 'C' && usb.urb_status != 0", "usb.urb_status"))
}

func TestTsharkDecodesI2C(t *testing.T) {
	file := writeI2C(t, record(chip))
	require.Empty(t, tshark(t, file, "-Y", "_ws.malformed"))
	require.Equal(t, []string{"0x10\t0x00000000", "0x10\t0x00000000", "0x10\t0x00000001"}, fields(t, file, "i2c", "i2c.addr", "i2c.flags"))
}
