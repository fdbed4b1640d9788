package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"
	"github.com/stretchr/testify/require"
)

// A tap that is killed leaves a capture of what it has seen, which can be read to
// its end.
func TestKilledTapLeavesItsCapture(t *testing.T) {
	behind, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer behind.Close()
	go func() {
		if c, err := behind.Accept(); err == nil {
			defer c.Close()
			_, _ = io.Copy(c, c)
		}
	}()
	self, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "tap.pcapng")
	cmd := exec.Command(self)
	cmd.Args = []string{"plugfest", "tap", "--listen", "tcp:127.0.0.1:0", "--to", "tcp:" + behind.Addr().String(), "--capture", path}
	said := newTranscript()
	cmd.Stdout, cmd.Stderr = said, said
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()

	m, err := said.wait(regexp.MustCompile(`^USBMUXD_SOCKET_ADDRESS=(\S+), answered by`), patience)
	require.NoError(t, err, "%s", said)
	c, err := net.Dial("tcp", m[1])
	require.NoError(t, err)
	defer c.Close()
	word := []byte("what passes while the tap lives")
	_, err = c.Write(word)
	require.NoError(t, err)
	_, err = io.ReadFull(c, make([]byte, len(word)))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		file, err := os.ReadFile(path)
		return err == nil && bytes.Count(file, word) >= 2 // there and back
	}, patience, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r, err := pcapgo.NewNgReader(f, pcapgo.DefaultNgReaderOptions)
	require.NoError(t, err)
	packets := 0
	for ; err == nil; packets++ {
		_, _, err = r.ReadPacketData()
	}
	require.ErrorIs(t, err, io.EOF)
	require.Greater(t, packets, 4, "three of the handshake, data, and the end")
}
