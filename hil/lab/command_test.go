package lab

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScript(t *testing.T) {
	m := &Machine{options: Options{Dir: "/my dir", Env: []string{"A=it's"}}}
	got, err := Command{Args: []string{"echo", "$HOME", "a b"}, Env: []string{"B="}}.script(m)
	require.NoError(t, err)
	require.Equal(t, `exec 2>&1
cd '/my dir' || exit 126
export HOME='/root'
export LANG='C.UTF-8'
export PLUGFEST_LAB_DIR='/my dir'
export A='it'\''s'
export B=''
exec 'echo' '$HOME' 'a b'
`, got)
	got, err = Command{Args: []string{"top"}, Dir: "/", Terminal: &Terminal{Rows: 50, Type: "xterm"}}.script(&Machine{})
	require.NoError(t, err)
	require.Equal(t, `stty sane rows 50 cols 80
cd '/' || exit 126
export HOME='/root'
export LANG='C.UTF-8'
export PLUGFEST_LAB_DIR='/run/plugfest/control/dir'
export TERM='xterm'
exec 'top'
`, got)
}

func TestScriptRefuses(t *testing.T) {
	for want, c := range map[string]Command{
		"lab: no command": {},
		`lab: environment "A-B=1": want NAME=value`:                                   {Args: []string{"a"}, Env: []string{"A-B=1"}},
		`lab: environment "A": want NAME=value`:                                       {Args: []string{"a"}, Env: []string{"A"}},
		`lab: command ["a\x00b"]: NUL in an argument, a directory or the environment`: {Args: []string{"a\x00b"}},
	} {
		_, err := c.script(&Machine{})
		require.EqualError(t, err, want)
	}
}

// A shell makes of a quoted text what it was.
func TestQuote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[^\x00]{0,20}`).Draw(t, "text")
		out, err := exec.Command("/bin/sh", "-c", "printf %s "+quote(text)).Output()
		require.NoError(t, err)
		require.Equal(t, text, string(out))
	})
}
