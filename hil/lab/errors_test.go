package lab

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Only a guest that was asked to end, said that it would, and made QEMU exit with
// its status has ended well.
func TestEnding(t *testing.T) {
	const panicked = "[ 1.0] Kernel panic - not syncing: sysrq triggered crash\n"
	for _, c := range []struct {
		name   string
		e      ending
		want   error
		detail string
	}{
		{"as asked", ending{code: 85, asked: true, bye: true}, nil, ""},
		{"as asked, whatever somebody logged before", ending{code: 85, asked: true, bye: true, kernel: panicked}, nil, ""},
		{"the status of one that was not asked", ending{code: 85, bye: true}, ErrQEMU, ""},
		{"the status without a word", ending{code: 85, asked: true}, ErrQEMU, ""},
		{"a word and then a panic", ending{code: 0, asked: true, bye: true, kernel: panicked}, ErrPanic, "sysrq triggered crash"},
		{"a panic, which for QEMU is a reboot", ending{code: 0, kernel: panicked}, ErrPanic, "sysrq triggered crash"},
		{"a panic that somebody lost patience with", ending{code: -1, cause: ErrTimeLimit, kernel: panicked}, ErrPanic, "sysrq triggered crash"},
		{"switched off", ending{code: 0}, ErrEnded, "it switched itself off or rebooted"},
		{"switched off while it was asked", ending{code: 0, asked: true}, ErrEnded, "it switched itself off or rebooted"},
		{"its agent killed", ending{code: 89}, ErrEnded, "nothing answers requests there any longer"},
		{"the time limit", ending{code: -1, exit: "signal: killed", cause: ErrTimeLimit}, ErrTimeLimit, ""},
		{"a context", ending{code: -1, cause: context.Canceled}, context.Canceled, ""},
		{"killed by somebody", ending{code: -1, exit: "signal: killed"}, ErrQEMU, "signal: killed"},
		{"an option that QEMU does not know", ending{code: 1, exit: "exit status 1 qemu: no"}, ErrQEMU, "exit status 1 qemu: no"},
		{"no module", ending{code: -1, cause: ErrSetup, reason: "cannot load it"}, ErrSetup, "cannot load it"},
		{"no root", ending{code: 87}, ErrSetup, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.e.err()
			if c.want == nil {
				require.Nil(t, err)
				return
			}
			require.NotNil(t, err)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.detail, err.Detail)
			require.Equal(t, c.e.kernel, err.Kernel)
		})
	}
}

func TestErrorShowsTheEndOfTheLog(t *testing.T) {
	err := &Error{Err: ErrPanic, Detail: "so", After: 1234567 * time.Microsecond, Kernel: strings.Repeat("early\n", 20) + "[    1.2] late\n"}
	text := err.Error()
	require.True(t, strings.HasPrefix(text, "lab: after 1.235s: the guest's kernel panicked: so\nits kernel said last:\n    early\n"), text)
	require.True(t, strings.HasSuffix(text, "\n    [    1.2] late"), text)
	require.Equal(t, 14, strings.Count(text, "early"))
	require.EqualError(t, &Error{Err: ErrQEMU}, "lab: after 0s: QEMU ended by itself")
	require.True(t, errors.Is(err, ErrPanic))
}
