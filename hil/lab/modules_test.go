package lab

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestModuleOrder(t *testing.T) {
	tree, err := readModules(fstest.MapFS{
		"modules.dep": {Data: []byte(`kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/netfs/netfs.ko
kernel/net/9p/9pnet.ko:
kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/fs/netfs/netfs.ko:
kernel/drivers/virtio/virtio.ko:
kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
kernel/drivers/usb/usbip/usbip-vudc.ko:

not a line of modules.dep
`)},
		"modules.builtin": {Data: []byte("kernel/fs/overlayfs/overlay.ko\n")},
	})
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		ask  []string
		want []string
	}{
		{"what it needs comes first, the last one listed before the others", []string{"9p"},
			[]string{"kernel/fs/netfs/netfs.ko", "kernel/net/9p/9pnet.ko", "kernel/fs/9p/9p.ko"}},
		{"each once, a compressed one too", []string{"9p", "9pnet_virtio"},
			[]string{"kernel/fs/netfs/netfs.ko", "kernel/net/9p/9pnet.ko", "kernel/fs/9p/9p.ko",
				"kernel/drivers/virtio/virtio.ko", "kernel/drivers/virtio/virtio_ring.ko", "kernel/net/9p/9pnet_virtio.ko.xz"}},
		{"nothing for what is built in", []string{"overlay"}, nil},
		{"- and _ are the same", []string{"usbip_vudc", "usbip-vudc"}, []string{"kernel/drivers/usb/usbip/usbip-vudc.ko"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := tree.order(c.ask...)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	_, err = tree.order("9p", "raw-gadget")
	require.EqualError(t, err, "lab: the kernel has no module raw_gadget")
	_, err = readModules(fstest.MapFS{})
	require.ErrorContains(t, err, "modules.dep")
}

// A file that says of itself that it needs itself does not hang us.
func TestModuleOrderCircle(t *testing.T) {
	tree, err := readModules(fstest.MapFS{"modules.dep": {Data: []byte("a.ko: b.ko\nb.ko: a.ko\n")}})
	require.NoError(t, err)
	got, err := tree.order("a")
	require.NoError(t, err)
	require.Equal(t, []string{"b.ko", "a.ko"}, got)
}

func FuzzModules(f *testing.F) {
	f.Add("a.ko: b.ko\nb.ko:\n", "kernel/c.ko\n", "a")
	f.Add("a.ko: a.ko", "", "a")
	f.Add(":", ":", "")
	f.Fuzz(func(t *testing.T, dep, builtin, name string) {
		tree, err := readModules(fstest.MapFS{"modules.dep": {Data: []byte(dep)}, "modules.builtin": {Data: []byte(builtin)}})
		require.NoError(t, err)
		order, err := tree.order(name, name)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, file := range order {
			require.False(t, seen[file], "%s twice", file)
			seen[file] = true
		}
	})
}
