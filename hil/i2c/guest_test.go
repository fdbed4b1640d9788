//go:build linux

package i2c_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	periph "periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/hil/i2c"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
)

// guestAdapter is set in the guest of TestLab: the name of the adapter to use.
const guestAdapter = "PLUGFEST_I2C_ADAPTER"

// TestGuest has what TestLab runs under a real kernel, by itself as a program.
func TestGuest(t *testing.T) {
	name := os.Getenv(guestAdapter)
	if name == "" {
		t.Skip("this is the part of TestLab that runs in its guest")
	}
	adapter, err := i2c.Find(name)
	require.NoError(t, err)
	bus, err := i2c.Open(adapter.Path)
	require.NoError(t, err)
	defer bus.Close()
	t.Run("3.0", func(t *testing.T) { useChip(t, bus, 0x10, mfi.Gen30) })
	t.Run("2.0C", func(t *testing.T) { useChip(t, bus, 0x11, mfi.Gen20) })
	t.Run("2.0C at 0x10", func(t *testing.T) { useChip(t, bus, 0x10, mfi.Gen20) })
	t.Run("errno", func(t *testing.T) { causeErrors(t, adapter, bus) })
	t.Run("stretch", func(t *testing.T) { beStretched(t, bus) })
	t.Run("unplug", func(t *testing.T) { beUnplugged(t, adapter, bus) })
}

// attempts counts what the driver tried.
type attempts struct{ all, nacked, whileSigning int }

// useChip does all that a head unit does with its chip, and then some.
func useChip(t *testing.T, raw *i2c.Bus, addr uint16, g mfi.Generation) {
	w := sim.New(sim.RealTime())
	bus, err := i2c.InWorld(w, raw, "guest")
	require.NoError(t, err)
	var n attempts
	signing := false
	trace := func(a mfi.Attempt) {
		n.all++
		if a.Err == nil {
			if len(a.R) == 0 {
				signing = len(a.W) == 2 && a.W[0] == byte(mfi.RegControlStatus)
			}
			return
		}
		n.nacked++
		assert.ErrorIs(t, a.Err, syscall.ENXIO, "a missing acknowledge is nothing else")
		assert.ErrorIs(t, a.Err, mfi.ErrNACK)
		if signing {
			n.whileSigning++
		}
	}
	require.NoError(t, w.Run(func() {
		c, err := mfi.Open(bus, w, mfi.Options{Addresses: []uint16{addr}, Trace: trace})
		require.NoError(t, err)
		require.Equal(t, g, c.Generation())
		info, err := c.Info()
		require.NoError(t, err)
		want := mfi.Info{DeviceVersion: 5, FirmwareVersion: 1, ProtocolMajor: 2, DeviceID: 0x200}
		if g == mfi.Gen30 {
			want = mfi.Info{DeviceVersion: 7, FirmwareVersion: 1, ProtocolMajor: 3, DeviceID: 0x300}
		}
		require.Equal(t, want, info)
		serial, err := c.SerialNumber()
		require.NoError(t, err)
		require.Equal(t, testca.Test().MustIssue(g, 1).SerialNumber(), serial)
		result, err := c.SelfTest()
		require.NoError(t, err)
		require.EqualValues(t, 0xC0, result)
		certificate := readCertificate(t, w, bus, addr, g)

		for range 2 {
			fallAsleep(t, w, c)
			before := n
			challenge := make([]byte, g.ChallengeSize())
			_, _ = rand.Read(challenge)
			response, err := c.Sign(challenge)
			require.NoError(t, err)
			require.NoError(t, testca.Verifier{}.VerifyResponse(certificate, challenge, response))
			require.Greater(t, n.nacked-n.whileSigning, before.nacked-before.whileSigning, "the chip does not acknowledge what wakes it")
		}
		require.Positive(t, n.whileSigning, "nor anything while it signs")
	}))
	fmt.Printf("%s at 0x%02X: %d transactions, %d not acknowledged, %d of these while it signed\n", g, addr, n.all, n.nacked, n.whileSigning)
}

// readCertificate reads the certificate in each way that drivers in the field do; the longest read is of the whole.
func readCertificate(t *testing.T, w *sim.World, bus periph.Bus, addr uint16, g mfi.Generation) []byte {
	want := testca.Test().MustIssue(g, 1).Certificate()
	for _, style := range []mfi.CertificateStyle{mfi.PageByPage, mfi.WholeRead, mfi.Continued, mfi.Chunked} {
		c, err := mfi.Open(bus, w, mfi.Options{Addresses: []uint16{addr}, Style: style})
		require.NoError(t, err)
		got, err := c.Certificate()
		require.NoError(t, err, "style %d", style)
		require.Equal(t, want, got, "style %d", style)
	}
	return want
}

// fallAsleep has a chip sleep: a 3.0 when told to, a 2.0C when left alone.
func fallAsleep(t *testing.T, w *sim.World, c *mfi.Coprocessor) {
	if c.Generation() == mfi.Gen30 {
		require.NoError(t, c.Sleep())
		return
	}
	w.Sleep(60 * time.Millisecond)
}

// causeErrors has the kernel report what it reports, and looks that nothing of it is lost.
func causeErrors(t *testing.T, adapter i2c.Adapter, bus *i2c.Bus) {
	require.NotZero(t, bus.Functions()&i2c.FunctionI2C)
	one := make([]byte, 1)
	for _, err := range []error{
		bus.Tx(0x42, []byte{0}, nil),
		bus.Tx(0x42, nil, one),
		bus.Tx(0x42, nil, nil),
		wakeAndRestart(bus, 0x10, one),
	} {
		assert.ErrorIs(t, err, syscall.ENXIO)
		assert.ErrorIs(t, err, mfi.ErrNACK)
		assert.NotErrorIs(t, err, mfi.ErrGone)
	}

	// A kernel driver takes an address: the kernel's own dummy.
	control := filepath.Join("/sys/class/i2c-dev", filepath.Base(adapter.Path), "device")
	require.NoError(t, os.WriteFile(filepath.Join(control, "new_device"), []byte("dummy 0x50"), 0o200))
	_, err := i2c.Spec{Device: adapter.Path, Addr: 0x50}.Open()
	assert.ErrorIs(t, err, syscall.EBUSY)
	assert.ErrorIs(t, err, i2c.ErrInUse)
	require.NoError(t, os.WriteFile(filepath.Join(control, "delete_device"), []byte("0x50"), 0o200))
	require.NoError(t, bus.Claim(0x50))
}

// wakeAndRestart has a chip awake and ready, and then sends it a repeated START.
func wakeAndRestart(bus *i2c.Bus, addr uint16, r []byte) error {
	if _, err := knock(bus, addr); err != nil {
		return err
	}
	return bus.Tx(addr, []byte{0}, r)
}

// beStretched meets a chip that holds the clock for as long as the kernel has patience, and one that holds it for longer.
func beStretched(t *testing.T, bus *i2c.Bus) {
	took, err := knock(bus, 0x10)
	require.NoError(t, err)
	require.GreaterOrEqual(t, took, 700*time.Millisecond)
	took, err = knock(bus, 0x11)
	require.ErrorIs(t, err, syscall.EIO)
	require.NotErrorIs(t, err, mfi.ErrGone, "the adapter is there")
	require.Greater(t, took, time.Second)
}

// knock writes to a chip until the answer is more than a missing acknowledge.
func knock(bus *i2c.Bus, addr uint16) (took time.Duration, err error) {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		start := time.Now()
		if err = bus.Tx(addr, []byte{0}, nil); !errors.Is(err, mfi.ErrNACK) {
			return time.Since(start), err
		}
	}
	return 0, err
}

// beUnplugged uses a chip until the adapter goes. It says ready when it has begun.
func beUnplugged(t *testing.T, adapter i2c.Adapter, raw *i2c.Bus) {
	device, err := filepath.EvalSymlinks(filepath.Join("/sys/class/i2c-dev", filepath.Base(adapter.Path), "device"))
	require.NoError(t, err)
	device = filepath.Dir(device) // the interface of the USB device
	w := sim.New(sim.RealTime(), sim.TimeLimit(time.Minute))
	bus, err := i2c.InWorld(w, raw, "guest")
	require.NoError(t, err)
	require.NoError(t, w.Run(func() {
		c, err := mfi.Open(bus, w, mfi.Options{Addresses: []uint16{0x10}})
		require.NoError(t, err)
		for n := 0; err == nil; n++ {
			if _, err = c.Certificate(); n == 0 {
				fmt.Println("ready")
			}
		}
		require.ErrorIs(t, err, mfi.ErrGone)
		var e *i2c.Error
		require.ErrorAs(t, err, &e)
		fmt.Printf("unplugged: %v\n", e)
		// EIO from the driver; EOPNOTSUPP from the kernel's core when it finds no driver any more.
		require.Contains(t, []syscall.Errno{syscall.EIO, syscall.ENODEV, syscall.EOPNOTSUPP}, e.Errno())
		// The kernel was waiting for the last user to close; then the device goes altogether.
		for _, err := os.Stat(device); err == nil; _, err = os.Stat(device) {
			w.Sleep(10 * time.Millisecond)
		}
	}))
	// Its names go one after the other.
	require.Eventually(t, func() bool {
		_, err := i2c.Find(adapter.Name)
		return errors.Is(err, i2c.ErrNoAdapter)
	}, 10*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		_, err := i2c.Open(adapter.Path)
		return errors.Is(err, mfi.ErrGone)
	}, 10*time.Second, 20*time.Millisecond)
	require.NoError(t, raw.Close())
}
