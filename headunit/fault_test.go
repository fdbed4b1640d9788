package headunit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// The link's faults are those of the engine.
func TestLinkFaults(t *testing.T) {
	for yaml, want := range map[string]link.Faults{
		"link: {no-checksum: true}":       {NoChecksum: true},
		"link: {ignore-max-length: true}": {IgnoreMaxLength: true},
		"link: {ignore-reset: true}":      {IgnoreReset: true},
		"link: {ignore-iap1: true}":       {IgnoreNegative: true},
	} {
		h := &HeadUnit{m: model(t, yaml)}
		require.Equal(t, want, h.linkConfig().Faults, yaml)
	}
}

func TestOnlyProduct(t *testing.T) {
	iPhone := usb.DeviceDescriptor{VendorID: appleVendor, ProductID: 0x12A8}
	iPad := usb.DeviceDescriptor{VendorID: appleVendor, ProductID: 0x12AB}
	h := &HeadUnit{m: model(t, "")}
	require.True(t, h.isPhone(iPhone))
	require.True(t, h.isPhone(iPad))
	h = &HeadUnit{m: model(t, "role-switch: {only-product: 0x12A8}")}
	require.True(t, h.isPhone(iPhone))
	require.False(t, h.isPhone(iPad))
}

func TestTryAgain(t *testing.T) {
	play(t, "", func(x *script) {
		x.send("AuthenticationFailed")
		x.quiet(time.Minute)
	})
	play(t, "chip: {try-again: true}", func(x *script) {
		x.send("AuthenticationFailed")
		x.next("AuthenticationCertificate")
	})
}

func TestOnlyEarly(t *testing.T) {
	play(t, "identification: {early: true, only-early: true}", func(x *script) {
		x.next("RequestAppLaunch")
		x.authenticate()
		x.identify()
		x.quiet(time.Minute)
	})
}

func TestUndeclared(t *testing.T) {
	sends, _ := (&HeadUnit{m: model(t, "")}).messages(false)
	require.Contains(t, sends, control.MsgRequestAppLaunch)
	sends, _ = (&HeadUnit{m: model(t, "identification: {undeclared: true}")}).messages(false)
	require.NotContains(t, sends, control.MsgRequestAppLaunch)
}
