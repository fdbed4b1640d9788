//go:build !libusb || !linux || !cgo

package libusb

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// A program without libusb says how to have it.
func TestNotBuilt(t *testing.T) {
	w := sim.New(sim.RealTime())
	_, err := New(w, Options{})
	require.Equal(t, ErrNotBuilt, err)
	require.ErrorContains(t, err, "go build -tags libusb")
	require.Equal(t, ErrNotBuilt, Check())
	_, err = Open(w, "usb:05ac:12a8", Options{})
	require.Equal(t, ErrNotBuilt, err)
	_, err = Open(w, "usb:", Options{})
	require.ErrorContains(t, err, "it has no product")
}
