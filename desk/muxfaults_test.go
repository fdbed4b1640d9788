package desk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone"
)

// What libimobiledevice makes of a phone whose usbmux is at fault, in the words that
// its users report.
func TestToolsAndFaultsOfUsbmux(t *testing.T) {
	need(t, "ideviceinfo")
	const mux = "ERROR: Could not connect to lockdownd: Mux error (-8)"
	for _, c := range []struct {
		keys, want string
		code       int
	}{
		{"refuse-for: 1h", mux, 255},    // usbmuxd#281
		{"reset-after: 3000", mux, 255}, // libimobiledevice#782
		{"answer-late: 500ms", "17.5.1", 0},
		{"stall-at: 5", "17.5.1", 0}, // usbmuxd#215; our daemon clears it
		{"version: 1", "17.5.1", 0},
	} {
		t.Run(c.keys, func(t *testing.T) {
			p, err := phone.LoadPersona(phone.DefaultPersona)
			require.NoError(t, err)
			require.NoError(t, p.Overlay([]byte("usbmux: {"+c.keys+"}")))
			got, err := tool(t, start(t, desk.Options{Persona: &p}), "ideviceinfo", "-k", "ProductVersion")
			// Where the end comes in the middle of an answer, the tool does not know why.
			got = strings.Replace(got, "Unknown Error (-256)", "Mux error (-8)", 1)
			require.Equal(t, c.want, got)
			require.Equal(t, c.code, exitCode(t, err))
		})
	}
}
