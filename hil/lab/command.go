package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// A Command is what to run in a guest.
type Command struct {
	Args  []string  // a program, looked for in PATH, and its arguments
	Dir   string    // where it begins; default Options.Dir, else the current directory
	Env   []string  // NAME=value, in addition to those of Options
	Stdin io.Reader // read to its end before the command begins; may be nil

	Stdout io.Writer // written while the command runs; may be nil
	Stderr io.Writer // the same; if nil, errors go where output goes

	// Terminal, if not nil, runs the command on the guest's terminal: Stdin is
	// typed as it comes, and read even after the command has ended; Stdout shows
	// what the terminal shows; Stderr is not used. One command at a time has it.
	Terminal *Terminal
}

// envName is what a shell takes for the name of a variable.
var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// script is what /bin/sh runs in the guest; it becomes the command.
func (c Command) script(m *Machine) (string, error) {
	if len(c.Args) == 0 {
		return "", errors.New("lab: no command")
	}
	dir := c.Dir
	if dir == "" {
		dir = m.options.Dir
	}
	if dir == "" {
		var err error
		if dir, err = os.Getwd(); err != nil {
			return "", fmt.Errorf("lab: %w", err)
		}
	}
	var b strings.Builder
	env := []string{"HOME=/root", "LANG=C.UTF-8", "PLUGFEST_LAB_DIR=" + m.guestDir()}
	if t := c.Terminal; t != nil {
		fmt.Fprintf(&b, "stty sane rows %d cols %d\n", cmp.Or(t.Rows, 24), cmp.Or(t.Columns, 80))
		env = append(env, "TERM="+cmp.Or(t.Type, "vt100"))
	} else if c.Stderr == nil {
		b.WriteString("exec 2>&1\n")
	}
	fmt.Fprintf(&b, "cd %s || exit 126\n", quote(dir))
	for _, v := range append(append(env, m.options.Env...), c.Env...) {
		name, value, ok := strings.Cut(v, "=")
		if !ok || !envName.MatchString(name) {
			return "", fmt.Errorf("lab: environment %q: want NAME=value", v)
		}
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(value))
	}
	b.WriteString("exec")
	for _, arg := range c.Args {
		b.WriteByte(' ')
		b.WriteString(quote(arg))
	}
	b.WriteByte('\n')
	if strings.Contains(b.String(), "\x00") {
		return "", fmt.Errorf("lab: command %q: NUL in an argument, a directory or the environment", c.Args)
	}
	return b.String(), nil
}

// quote makes one word of a shell out of any text.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
