package lab

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first member in full, by buffer-format.rst of Linux; all of them as a cpio
// that we did not write lists them.
func TestCpio(t *testing.T) {
	var b bytes.Buffer
	c := &cpio{w: &b}
	c.file("init", 0o755, []byte("hello"))
	c.dir("dev")
	c.device("dev/console", 0o600, 5, 1)
	require.NoError(t, c.close())
	require.Equal(t, "070701"+
		"00000001"+ // inode
		"000081ED"+ // a file, rwxr-xr-x
		"00000000"+"00000000"+ // user, group
		"00000001"+"00000000"+ // links, time
		"00000005"+ // size
		"00000000"+"00000000"+"00000000"+"00000000"+ // devices
		"00000005"+"00000000"+ // size of the name, check
		"init\x00\x00"+"hello\x00\x00\x00", b.String()[:110+6+8])
	require.Zero(t, b.Len()%4)

	box, err := staticBusybox()
	if err != nil {
		t.Skip("no busybox: ", err)
	}
	cmd := exec.Command(box, "cpio", "-tv")
	cmd.Stdin = &b
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Regexp(t, `(?m)\A-rwxr-xr-x .* 5 .* init\ndrwxr-xr-x .* dev\ncrw------- .* dev/console\n\z`, string(out))
}

func TestCpioWriteFails(t *testing.T) {
	full := errors.New("full")
	c := &cpio{w: failing{full}}
	c.dir("a")
	require.Equal(t, full, c.close())
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Of a kernel without a module there is no initramfs.
func TestInitramfsNeedsItsModules(t *testing.T) {
	if _, err := staticBusybox(); err != nil {
		t.Skip("no busybox: ", err)
	}
	dir := t.TempDir()
	k := kernel{name: "k", release: "1", modules: dir}
	_, err := k.initramfs(Options{})
	require.ErrorContains(t, err, "lab: kernel k: open modules.dep")
	write(t, filepath.Join(dir, "1", "modules.dep"), "kernel/virtio_pci.ko:\n")
	_, err = k.initramfs(Options{})
	require.EqualError(t, err, "lab: the kernel has no module 9pnet_virtio")
}
