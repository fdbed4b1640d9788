//go:build libusb && linux && cgo

package libusb

import (
	"reflect"
	"testing"

	"github.com/google/gousb"
	"github.com/stretchr/testify/require"
)

// Our tables and gousb's are of one libusb.
func TestCodesAreThoseOfLibusb(t *testing.T) {
	for ours, theirs := range map[code]gousb.Error{
		success: gousb.Success, errIO: gousb.ErrorIO, errInvalidParam: gousb.ErrorInvalidParam, errAccess: gousb.ErrorAccess,
		errNoDevice: gousb.ErrorNoDevice, errNotFound: gousb.ErrorNotFound, errBusy: gousb.ErrorBusy, errTimeout: gousb.ErrorTimeout,
		errOverflow: gousb.ErrorOverflow, errPipe: gousb.ErrorPipe, errInterrupted: gousb.ErrorInterrupted, errNoMem: gousb.ErrorNoMem,
		errNotSupported: gousb.ErrorNotSupported, errOther: gousb.ErrorOther,
	} {
		require.Equal(t, int(theirs), int(ours))
	}
	require.Len(t, codes, 14)
	for ours, theirs := range map[result]gousb.TransferStatus{
		transferCompleted: gousb.TransferCompleted, transferError: gousb.TransferError, transferTimedOut: gousb.TransferTimedOut,
		transferCancelled: gousb.TransferCancelled, transferStall: gousb.TransferStall, transferNoDevice: gousb.TransferNoDevice,
		transferOverflow: gousb.TransferOverflow,
	} {
		require.Equal(t, int(theirs), int(ours))
	}
	require.Len(t, results, 7)
}

func TestCheck(t *testing.T) { require.NoError(t, Check()) }

// gousb still has the field that rawHandle reads.
func TestHandleOfGousb(t *testing.T) {
	f, ok := reflect.TypeFor[gousb.Device]().FieldByName("handle")
	require.True(t, ok)
	require.Equal(t, "*gousb.libusbDevHandle", f.Type.String())
	require.Nil(t, rawHandle(&gousb.Device{}))
}
