package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first signal asks a command to end, the second ends it, whatever it still does:
// here it waits for the end of its input.
func TestInterruptedTwice(t *testing.T) {
	const child = "PLUGFEST_TEST_INTERRUPTED"
	if os.Getenv(child) != "" {
		stop, done := interrupted()
		defer done()
		fmt.Println("runs")
		<-stop
		fmt.Println("ends")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "-test.run=^TestInterruptedTwice$")
	cmd.Env = append(os.Environ(), child+"=1")
	_, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for _, word := range []string{"runs", "ends"} {
		require.True(t, lines.Scan())
		require.Equal(t, word, lines.Text())
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	}
	require.Error(t, cmd.Wait())
	require.Equal(t, syscall.SIGTERM, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
}
