//go:build linux

package i2c

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
)

// The calls that the kernel gets, one for each transfer.
func TestTransfersAreSingleCalls(t *testing.T) {
	k := &fakeKernel{fill: []byte{7, 1, 3}}
	b := k.open(t)
	read := make([]byte, 3)
	require.NoError(t, b.Tx(0x10, []byte{0x21, 0xAA}, nil))
	require.NoError(t, b.Tx(0x10, nil, read))
	require.NoError(t, b.Tx(0x11, []byte{0x00}, read[:1]))
	require.NoError(t, b.Tx(0x10, nil, nil))
	require.NoError(t, b.Tx(0x10, make([]byte, 0), make([]byte, 0)))
	assert.Equal(t, []string{
		"0703 10", // once for each address
		"0707 10 W(0) 21 AA",
		"0707 10 R 3",
		"0703 11",
		"0707 11 W(0) 00 11 R 1", // a repeated START
		"0707 10 W(0)",
		"0707 10 W(0)",
	}, k.log)
	assert.Equal(t, []byte{7, 1, 3}, read)
	assert.Equal(t, "/dev/i2c-7", b.String())
	assert.Equal(t, Functions(0x8EFF0001), b.Functions())
}

// A register access of the driver is two calls, with a STOP after each.
func TestTheDriverUsesNoRepeatedStart(t *testing.T) {
	k := &fakeKernel{fill: []byte{7}}
	_, err := mfi.Open(k.open(t), &fakeClock{}, mfi.Options{})
	require.ErrorIs(t, err, mfi.ErrVersion) // protocol 7
	assert.Equal(t, []string{
		"0703 10", "0707 10 W(0) 00", "0707 10 R 1", "0707 10 W(0) 02", "0707 10 R 1",
	}, k.log)
}

func TestErrnoIsKept(t *testing.T) {
	for _, tt := range []struct {
		errno syscall.Errno
		what  error // besides the errno
		text  string
	}{
		{syscall.ENXIO, mfi.ErrNACK, "ENXIO: not acknowledged"},
		{syscall.EREMOTEIO, mfi.ErrNACK, "EREMOTEIO: not acknowledged"},
		{syscall.EIO, nil, "EIO: the adapter failed, or nobody acknowledged: some adapters do not say which"},
		{syscall.ETIMEDOUT, nil, "ETIMEDOUT: timed out: the clock is held low, or nobody acknowledged and the adapter does not say so"},
		{syscall.EAGAIN, nil, "EAGAIN: lost arbitration to another master"},
		{syscall.EBUSY, nil, "EBUSY: the bus is in use, or a line is held low"},
		{syscall.EOPNOTSUPP, nil, "EOPNOTSUPP: the adapter cannot do this"},
		{syscall.ENODEV, mfi.ErrGone, "ENODEV: the adapter is gone"},
		{syscall.ENOENT, mfi.ErrGone, "ENOENT: no such bus: modprobe i2c-dev, then look at i2cdetect -l"},
		{syscall.E2BIG, nil, "argument list too long"},
	} {
		b := (&fakeKernel{errors: []error{nil, tt.errno}}).open(t)
		err := b.Tx(0x10, []byte{0}, nil)
		require.ErrorIs(t, err, tt.errno)
		assert.EqualError(t, err, "i2c: /dev/i2c-7: write 1 byte to 0x10: "+tt.text)
		for _, meaning := range []error{mfi.ErrNACK, mfi.ErrGone} {
			assert.Equal(t, tt.what == meaning, errors.Is(err, meaning), "%v: %v", tt.errno, meaning)
		}
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, tt.errno, e.Errno())
	}
}

// A USB adapter that was pulled goes on as EIO. Only the device's absence tells; then the bus is closed, for which the kernel waits.
func TestAnAdapterThatIsGone(t *testing.T) {
	k := &fakeKernel{gone: true, errors: []error{nil, syscall.ENXIO, syscall.EIO}}
	b := k.open(t)
	err := b.Tx(0x10, nil, make([]byte, 2))
	assert.NotErrorIs(t, err, mfi.ErrGone, "somebody did not acknowledge, so it was there")
	assert.False(t, k.closed)

	err = b.Tx(0x10, nil, make([]byte, 2))
	assert.ErrorIs(t, err, mfi.ErrGone)
	assert.ErrorIs(t, err, syscall.EIO)
	assert.EqualError(t, err, "i2c: /dev/i2c-7: read 2 bytes from 0x10: EIO: the adapter is gone")
	assert.True(t, k.closed)
	assert.ErrorIs(t, b.Tx(0x10, []byte{0}, nil), os.ErrClosed)
	require.NoError(t, b.Close())

	b = (&fakeKernel{gone: true, errors: []error{nil, syscall.ENODEV}}).open(t)
	err = b.Tx(0x10, []byte{1}, make([]byte, 2))
	assert.EqualError(t, err, "i2c: /dev/i2c-7: write 1 byte and read 2 bytes, with a repeated START, at 0x10: ENODEV: the adapter is gone")
}

func TestAnAddressThatAKernelDriverOwns(t *testing.T) {
	k := &fakeKernel{errors: []error{syscall.EBUSY}}
	b := k.open(t)
	err := b.Tx(0x10, []byte{0}, nil)
	assert.ErrorIs(t, err, ErrInUse)
	assert.ErrorIs(t, err, syscall.EBUSY)
	assert.EqualError(t, err, "i2c: /dev/i2c-7: claim 0x10: EBUSY: a kernel driver owns this address: device or resource busy")
	require.NoError(t, b.Tx(0x10, []byte{0}, nil), "it has let go")
	require.NoError(t, b.Claim(0x10))
	assert.Equal(t, []string{"0703 10", "0703 10", "0707 10 W(0) 00"}, k.log)
}

// What the kernel would refuse, or cut, does not get there.
func TestTransfersThatCannotBe(t *testing.T) {
	k := &fakeKernel{}
	b := k.open(t)
	assert.EqualError(t, b.Tx(0x10, make([]byte, 8193), nil),
		"i2c: /dev/i2c-7: transfer 0x10: EINVAL: invalid argument: a message of 8193 bytes, where the kernel takes 8192")
	assert.ErrorIs(t, b.Tx(0x10, nil, make([]byte, 8193)), syscall.EINVAL)
	assert.EqualError(t, b.Tx(0x80, []byte{0}, nil), "i2c: /dev/i2c-7: claim 0x80: EINVAL: invalid argument: the address is larger than 0x7F")
	assert.Empty(t, k.log)
	require.NoError(t, b.Tx(0x10, make([]byte, 8192), nil))

	k.short = true
	err := b.Tx(0x10, []byte{0}, make([]byte, 1))
	assert.ErrorIs(t, err, syscall.EIO)
	assert.ErrorContains(t, err, "1 of 2 messages were sent")

	assert.EqualError(t, b.SetSpeed(400*physic.KiloHertz), "i2c: /dev/i2c-7: set speed: unsupported operation: "+
		"the device tree, or a parameter of the adapter's driver, sets the speed")
	assert.ErrorIs(t, b.SetSpeed(1), errors.ErrUnsupported)
}

func TestABusThatIsClosed(t *testing.T) {
	k := &fakeKernel{}
	b := k.open(t)
	require.NoError(t, b.Close())
	err := b.Tx(0x10, []byte{0}, nil)
	assert.ErrorIs(t, err, os.ErrClosed)
	assert.ErrorIs(t, err, mfi.ErrGone, "the driver gives up")
	assert.EqualError(t, err, "i2c: /dev/i2c-7: claim 0x10: file already closed")
	require.NoError(t, b.Close(), "once more")
}

func TestAdaptersThatWillNotDo(t *testing.T) {
	smbus := &fakeKernel{functions: 0x0EFF0008}
	_, err := newBus("/dev/i2c-7", smbus)
	assert.ErrorIs(t, err, ErrSMBusOnly)
	assert.EqualError(t, err, "i2c: /dev/i2c-7: open: the adapter cannot do plain I2C: its functions are SMBus quick, SMBus")
	assert.True(t, smbus.closed)

	other := &fakeKernel{errors: []error{syscall.ENOTTY}}
	_, err = newBus("/dev/tty", other)
	assert.ErrorIs(t, err, ErrNotI2C)
	assert.ErrorIs(t, err, syscall.ENOTTY)
	assert.True(t, other.closed)

	for f, want := range map[Functions]string{0: "none (0x00000000)", 0x8EFF0001: "I2C, SMBus quick, SMBus", 0x1F: "I2C, ten-bit addresses, protocol mangling, no START"} {
		assert.Equal(t, want, f.String())
	}
}

// A transfer keeps what it was given to itself, and costs no memory.
func TestTransfersDoNotAllocate(t *testing.T) {
	b := newBare(t)
	w, r := []byte{0x10}, make([]byte, 128)
	require.NoError(t, b.Tx(0x10, w, nil))
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_ = b.Tx(0x10, w, nil)
		_ = b.Tx(0x10, nil, r)
	}))
	assert.Equal(t, [2]i2cMessage{}, b.messages)
}
