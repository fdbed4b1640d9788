package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/hil/doctor"
	"github.com/plugfest/plugfest/hil/lab"
	"github.com/plugfest/plugfest/hil/lab/labtest"
)

func TestLab(t *testing.T) {
	labtest.Need(t, lab.Options{})
	for _, c := range []struct {
		name           string
		args           []string
		stdin          string
		code           int
		stdout, stderr string // regular expressions
	}{
		{"the command's exit code, output, module and directory",
			[]string{"--module", "dummy_hcd num=2", "--dir", "DIR", "--", "sh", "-c", "ls /sys/class/udc; pwd >file; echo oh >&2; exit 7"}, "",
			7, `\Adummy_udc.0\ndummy_udc.1\n\z`, `\Aoh\n\z`},
		{"a panic is not success", []string{"sh", "-c", "echo c >/proc/sysrq-trigger"}, "",
			3, `\A\z`, `\Aplugfest: lab: after .*: the guest's kernel panicked: sysrq triggered crash\nits kernel said last:\n`},
		{"a script for the shell", []string{}, "echo $((6*7))\nexit 5\n",
			5, `\A42\n\z`, `\A\z`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			log := filepath.Join(t.TempDir(), "kernel.log")
			args := []string{"lab", "--kernel-log", log}
			for _, arg := range c.args {
				args = append(args, strings.ReplaceAll(arg, "DIR", dir))
			}
			withStdin(t, c.stdin)
			var stdout, stderr strings.Builder
			require.Equal(t, c.code, execute(args, &stdout, &stderr, benchOf{}), stderr.String())
			require.Regexp(t, c.stdout, stdout.String())
			require.Regexp(t, c.stderr, stderr.String())
			text, err := os.ReadFile(log)
			require.NoError(t, err)
			require.Contains(t, string(text), "Linux version ")
			if strings.Contains(strings.Join(args, " "), "--dir") {
				file, err := os.ReadFile(filepath.Join(dir, "file"))
				require.NoError(t, err)
				require.Equal(t, dir+"\n", string(file))
			}
		})
	}
}

// withStdin makes a text our standard input.
func withStdin(t *testing.T, text string) {
	name := filepath.Join(t.TempDir(), "stdin")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	f, err := os.Open(name)
	require.NoError(t, err)
	before := os.Stdin
	os.Stdin = f
	t.Cleanup(func() {
		os.Stdin = before
		f.Close()
	})
}

func TestDoctorReport(t *testing.T) {
	list := []doctor.Capability{
		{Name: "i2c", Title: "use a chip", Status: doctor.OK, Findings: []doctor.Finding{
			{What: "an I2C bus in /dev", Status: doctor.OK, Detail: "i2c-1"},
			{What: "i2cdetect", Status: doctor.Missing, Fix: "sudo apt-get install i2c-tools", Optional: true},
		}},
		{Name: "usbip", Title: "attach", Status: doctor.Denied, Findings: []doctor.Finding{
			{What: "/sys/attach", Status: doctor.Denied, Fix: "as root"},
		}},
	}
	var stdout, stderr strings.Builder
	a := &app{out: &stdout, err: &stderr}
	require.NoError(t, (&doctorCmd{}).report(a, list))
	require.Equal(t, `ok             i2c: use a chip
    ok             an I2C bus in /dev: i2c-1
    missing        i2cdetect (not needed)
                     sudo apt-get install i2c-tools

no permission  usbip: attach
    no permission  /sys/attach
                     as root
`, stdout.String())
	require.NoError(t, (&doctorCmd{Need: []string{"i2c"}}).report(a, list))
	require.Equal(t, exitCode(1), (&doctorCmd{Need: []string{"i2c", "usbip"}}).report(a, list))
	require.Equal(t, "plugfest: this machine cannot do usbip\n", stderr.String())

	stdout.Reset()
	a.colour = true
	require.NoError(t, (&doctorCmd{}).report(a, list))
	require.Contains(t, stdout.String(), "\x1b[33mno permission\x1b[0m  usbip: attach\n")
	require.Contains(t, stdout.String(), "\x1b[32mok           \x1b[0m  i2c: use a chip\n")

	stdout.Reset()
	require.NoError(t, (&doctorCmd{JSON: true}).report(a, list))
	require.Contains(t, stdout.String(), `"fix": "sudo apt-get install i2c-tools"`)
}
