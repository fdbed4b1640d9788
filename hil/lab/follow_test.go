package lab

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	var to, also bytes.Buffer
	f := follow{path: path, to: &to, also: &also}
	require.NoError(t, f.more(), "a file that is not there yet is empty")
	w, err := os.Create(path)
	require.NoError(t, err)
	for _, step := range []string{"one ", "two ", ""} {
		_, err := w.WriteString(step)
		require.NoError(t, err)
		require.NoError(t, f.more())
	}
	require.NoError(t, w.Close())
	require.Equal(t, "one two ", to.String())
	require.Equal(t, "one two ", also.String())
	f.close()

	full := errors.New("full")
	f = follow{path: path, to: &to, also: failing{full}}
	require.Equal(t, full, f.more())
	f.close()
}

func TestTailKeepsTheEnd(t *testing.T) {
	block := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	var out tail
	for range 100 {
		n, err := out.Write(block)
		require.NoError(t, err)
		require.Equal(t, len(block), n)
	}
	out.Write([]byte("end"))
	require.Len(t, out.bytes(), maxTail)
	require.Equal(t, "cdefend", string(out.bytes()[maxTail-7:]))
	require.LessOrEqual(t, cap(out.b), 4*maxTail)

	n, err := out.Write(bytes.Repeat([]byte("x"), 3*maxTail))
	require.NoError(t, err)
	require.Equal(t, 3*maxTail, n)
	require.Equal(t, bytes.Repeat([]byte("x"), maxTail), out.bytes())
}
