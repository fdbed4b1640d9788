package i2c

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
)

// Files that are no bus, as the real kernel answers for them.
func TestOpenWhatIsNoBus(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "i2c-99")
	_, err := Open(missing)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorIs(t, err, mfi.ErrGone)
	assert.EqualError(t, err, "i2c: "+missing+": open: ENOENT: no such bus: modprobe i2c-dev, then look at i2cdetect -l")

	_, err = Spec{Device: missing, Addr: 0x10}.Open()
	assert.ErrorIs(t, err, syscall.ENOENT)
	_, err = Spec{Device: "no adapter is called so"}.Open()
	assert.ErrorIs(t, err, ErrNoAdapter)

	_, err = Open(os.DevNull)
	assert.ErrorIs(t, err, ErrNotI2C)
	assert.EqualError(t, err, "i2c: /dev/null: ask for functions: ENOTTY: this is no I2C bus: inappropriate ioctl for device")
}

// The real file below a bus: present as long as it is in sysfs, and closed once.
func TestFile(t *testing.T) {
	k, err := openKernel(os.DevNull)
	require.NoError(t, err)
	f := k.(*file)
	if _, err := os.Stat("/sys/dev/char/1:3"); err == nil {
		assert.Equal(t, "/sys/dev/char/1:3", f.node)
	}
	assert.True(t, f.present())
	f.node += "-gone"
	assert.False(t, f.present())
	f.node = ""
	assert.True(t, f.present(), "without sysfs nobody knows")
	require.NoError(t, f.close())
	_, err = f.ioctl(ioctlSlave, 0x10)
	assert.Error(t, err)
}

func TestDeviceNumbers(t *testing.T) {
	for dev, want := range map[uint64][2]uint64{0x103: {1, 3}, 0x590A: {89, 10}, 0x123ABC45: {0xABC, 0x12345}} {
		assert.Equal(t, want, [2]uint64{major(dev), minor(dev)}, "%#x", dev)
	}
}
