package rooms

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/plugfest/plugfest"

// floors lists the rooms from the ground up. A room imports only rooms of lower
// floors, and rooms of its own: arrows point down.
var floors = [][]string{
	{"sim", "wire"},
	{"sim/usb", "sim/trace"},
	{"sim/usbip", "sim/session", "mfi"},
	{"phone", "headunit"},
	{"scenarios", "desk", "hil", "metrics"},
	{"phonetest", "tap", "acceptance"},
	{"cmd"},
}

// sameFloor lists the arrows allowed between neighbours of one floor: a trace
// knows what a USB transfer is.
var sameFloor = map[[2]string]bool{
	{"sim/trace", "sim/usb"}: true,
}

type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Standard                           bool
}

// room returns the longest room name that holds the package, and its floor.
func room(path string) (string, int) {
	rel := strings.TrimPrefix(path, module+"/")
	name, floor := "", -1
	for i, rooms := range floors {
		for _, r := range rooms {
			if (rel == r || strings.HasPrefix(rel, r+"/")) && len(r) > len(name) {
				name, floor = r, i
			}
		}
	}
	return name, floor
}

// meets reports whether an arrow is that of a test, of a package's users' kind,
// which puts a phone together with the daemon or with the lockdown client. Code
// never does below floor 5.
func meets(p pkg, to string) bool {
	if !slices.Contains(p.XTestImports, to) || slices.Contains(p.Imports, to) {
		return false
	}
	switch p.ImportPath {
	case module + "/headunit/muxd":
		return to == module+"/phone"
	case module + "/headunit/lockdown":
		return to == module+"/phone" || strings.HasPrefix(to, module+"/phone/")
	}
	return false
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Standard", module+"/...").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	require.NoError(t, err)
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

// violation returns why from must not import to, or "".
func violation(from, to string) string {
	if !strings.HasPrefix(to, module+"/") {
		return ""
	}
	fromRoom, fromFloor := room(from)
	toRoom, toFloor := room(to)
	switch {
	case strings.HasPrefix(from, module+"/internal/"), strings.HasPrefix(to, module+"/internal/"):
		return ""
	case fromRoom == "":
		return "is in no room: add it to floors"
	case toRoom == "":
		return "imports " + to + ", which is in no room"
	case fromRoom == toRoom, toFloor < fromFloor, sameFloor[[2]string{fromRoom, toRoom}]:
		return ""
	}
	return "imports " + to + ": the arrow does not point down"
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		for _, imports := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for _, to := range imports {
				if why := violation(p.ImportPath, to); why != "" && !meets(p, to) {
					t.Errorf("%s %s", p.ImportPath, why)
				}
			}
		}
	}
}

// wire does no I/O and has no clock: what it imports shows it.
func TestWireDoesNoIO(t *testing.T) {
	for _, p := range packages(t) {
		r, _ := room(p.ImportPath)
		generator := strings.Contains(p.ImportPath, "/internal/gen") // a program for go generate
		if r != "wire" || generator || strings.HasSuffix(p.ImportPath, "/carlifepb") {
			continue
		}
		for _, to := range p.Imports {
			switch to {
			case "net", "os", "os/exec", "syscall", "log", "sync", "sync/atomic", "math/rand", "crypto/rand":
				t.Errorf("%s imports %s: wire packages do no I/O, hold no locks and draw no global randomness", p.ImportPath, to)
			}
		}
	}
}

func TestViolationsAreSeen(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"phone", "headunit"},
		{"headunit/muxd", "phone/lockdown"},
		{"wire/iap2", "sim"},
		{"sim", "sim/usb"},
		{"sim/usb", "sim/trace"},
		{"mfi", "sim/session"},
		{"attic", "sim"},
	} {
		require.NotEmpty(t, violation(module+"/"+c.from, module+"/"+c.to), "%s -> %s", c.from, c.to)
	}
	require.Empty(t, violation(module+"/phone", module+"/sim/usb"))
	require.Empty(t, violation(module+"/sim/trace", module+"/sim/usb"))
}
