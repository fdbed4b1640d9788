package lab

import (
	"encoding/binary"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// bzImage builds an image around a payload: one sector of set-up code, 16 bytes
// of decompressor.
func bzImage(payload []byte) []byte {
	image := make([]byte, 1024+16)
	image[0x1F1] = 1
	copy(image[0x202:], "HdrS")
	binary.LittleEndian.PutUint32(image[0x248:], 16)
	binary.LittleEndian.PutUint32(image[0x24C:], uint32(len(payload)))
	return append(image, payload...)
}

// The kernel's own build appends the size of what it has compressed.
func TestVmlinux(t *testing.T) {
	const elf = "\x7fELF and so on"
	for _, program := range [][]string{{"xz", "--x86", "--lzma2", "--check=crc32"}, {"zstd"}} {
		t.Run(program[0], func(t *testing.T) {
			if _, err := exec.LookPath(program[0]); err != nil {
				t.Skip(err)
			}
			packed, err := pipe([]byte(elf), append(program, "-c")...)
			require.NoError(t, err)
			got, err := vmlinux(bzImage(append(packed, byte(len(elf)), 0, 0, 0)))
			require.NoError(t, err)
			require.Equal(t, elf, string(got))
		})
	}
}

func TestVmlinuxRefuses(t *testing.T) {
	cut := bzImage([]byte("12345678"))
	for name, c := range map[string]struct {
		image []byte
		want  string
	}{
		"nothing":           {nil, "lab: no bzImage: HdrS is not at 0x202"},
		"no bzImage":        {make([]byte, 4096), "lab: no bzImage: HdrS is not at 0x202"},
		"a cut off payload": {cut[:len(cut)-1], "lab: bzImage of 1047 bytes: its payload of 8 bytes at 1040 is not within it"},
		"an empty payload":  {bzImage(nil), "lab: bzImage of 1040 bytes: its payload of 0 bytes at 1040 is not within it"},
		"a kind of its own": {bzImage([]byte("BZh91AY&SY")), "lab: kernel payload begins with 42 5A 68 39: neither xz nor zstd"},
	} {
		_, err := vmlinux(c.image)
		require.EqualError(t, err, c.want, name)
	}
	_, err := vmlinux(bzImage([]byte("\xFD7zXZ\x00 and garbage")))
	require.ErrorContains(t, err, "lab: unpack the kernel: xz: ")
}

func FuzzPayload(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(bzImage([]byte("payload")))
	f.Add(bzImage(nil))
	f.Fuzz(func(t *testing.T, image []byte) {
		p, err := payload(image)
		if err != nil {
			require.Nil(t, p)
			return
		}
		require.GreaterOrEqual(t, len(p), 4)
		require.LessOrEqual(t, len(p), len(image))
	})
}
