package lab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
)

// payload finds the compressed kernel in a bzImage: The Linux/x86 Boot Protocol,
// fields setup_sects (0x1F1), header (0x202), payload_offset (0x248) and
// payload_length (0x24C).
func payload(image []byte) ([]byte, error) {
	if len(image) < 0x250 || string(image[0x202:0x206]) != "HdrS" {
		return nil, errors.New("lab: no bzImage: HdrS is not at 0x202")
	}
	sectors := uint64(image[0x1F1])
	if sectors == 0 {
		sectors = 4 // says the protocol
	}
	start := (sectors+1)*512 + uint64(binary.LittleEndian.Uint32(image[0x248:]))
	length := uint64(binary.LittleEndian.Uint32(image[0x24C:]))
	if length < 4 || start+length > uint64(len(image)) {
		return nil, fmt.Errorf("lab: bzImage of %d bytes: its payload of %d bytes at %d is not within it", len(image), length, start)
	}
	return image[start : start+length], nil
}

// vmlinux unpacks the ELF file inside a bzImage. QEMU starts that at its PVH
// entry, which saves the guest from decompressing it.
//
// The payload's x86 filter is one that Go's xz libraries do not know: the xz
// program does.
func vmlinux(image []byte) ([]byte, error) {
	p, err := payload(image)
	if err != nil {
		return nil, err
	}
	var program []string
	switch {
	case bytes.HasPrefix(p, []byte("\xFD7zXZ\x00")):
		program = []string{"xz", "-dc", "--single-stream"}
	case bytes.HasPrefix(p, []byte("\x28\xB5\x2F\xFD")):
		program = []string{"zstd", "-dc"}
	default:
		return nil, fmt.Errorf("lab: kernel payload begins with % X: neither xz nor zstd", p[:4])
	}
	out, err := pipe(p[:len(p)-4], program...) // the last 4 are its size
	if err != nil {
		return nil, fmt.Errorf("lab: unpack the kernel: %w", err)
	}
	if !bytes.HasPrefix(out, []byte("\x7FELF")) {
		return nil, errors.New("lab: the kernel's payload is no ELF file")
	}
	return out, nil
}

// pipe is what a program makes of data.
func pipe(data []byte, args ...string) ([]byte, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = bytes.NewReader(data)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return out, nil
}
