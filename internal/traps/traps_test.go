package traps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// Sides of a trap: the packages that can walk into it.
const (
	engine   = "wire/usbmux"   // both ends of the mux
	device   = "phone"         // the phone's end of it
	daemon   = "headunit/muxd" // the host's end, and the socket for clients
	messages = "wire/lockdown"
	lockdown = "phone/lockdown"
	files    = "phone/service/afc"
	socket   = "desk" // what tells programs where the daemon is
)

// traps are the twenty, in the order of their numbers from 1.
var traps = []struct {
	what  string
	sides []string
}{
	{"PortNumber in Connect has its two bytes swapped", []string{daemon}},
	{"flags are SYN, SYN|ACK, ACK and RST, and nothing else: PSH|ACK and FIN reset", []string{engine, device, daemon}},
	{"usbmuxd answers every packet: a device that acknowledges an ACK makes a storm", []string{engine, device, daemon}},
	{"a device that sends past the host's window crashes usbmuxd", []string{engine, device, daemon}},
	{"long packets from a device come in full reads of 16384 bytes and a shorter one", []string{engine, daemon}},
	{"packets that fill their USB packets end with a zero-length one, both ways", []string{engine, device, daemon}},
	{"packets to a device stay below 65536 bytes", []string{engine, device, daemon}},
	{"a SYN that is never answered hangs the client", []string{engine, daemon}},
	{"headers are read with one recv: header and body leave in one write", []string{daemon, lockdown}},
	{"libusbmuxd's tools need property lists from the daemon", []string{daemon}},
	{"IP:PORT is the only USBMUXD_SOCKET_ADDRESS that all clients take", []string{socket}},
	{"a daemon that heeds that variable connects elsewhere", []string{daemon}},
	{"the iPhone is the TLS server, with the certificate that the host made", []string{lockdown}},
	{"usbmuxd's preflight speaks TLS 1.0 only", []string{lockdown}},
	{"session tickets break clients that write and hang up", []string{lockdown}},
	{"every reply of lockdown echoes Request", []string{messages, lockdown}},
	{"a few values are there before pairing and without TLS", []string{lockdown}},
	{"the pair record is read through the socket", []string{daemon}},
	{"Go's verifier refuses certificates signed with SHA-1", []string{messages, lockdown}},
	{"AFC: the packet number comes back, data lie behind the arguments, paths may lack their NUL", []string{files}},
}

var numbered = regexp.MustCompile(`^TestTrap(\d+)`)

// tests returns the packages that have a test of each number.
func tests(t *testing.T) map[int][]string {
	t.Helper()
	found := map[int][]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				if m := numbered.FindStringSubmatch(fn.Name.Name); m != nil {
					n, _ := strconv.Atoi(m[1])
					found[n] = append(found[n], filepath.ToSlash(dir))
				}
			}
		}
		return nil
	}))
	return found
}

func TestEveryTrapIsATestOnItsSides(t *testing.T) {
	require.Len(t, traps, 20)
	found := tests(t)
	for i, trap := range traps {
		for _, side := range trap.sides {
			if !slices.Contains(found[i+1], side) {
				t.Errorf("%s has no TestTrap%02d: %s", side, i+1, trap.what)
			}
		}
		for _, dir := range found[i+1] {
			if !slices.Contains(trap.sides, dir) {
				t.Errorf("%s has a TestTrap%02d: is it another number, or is the side missing here?", dir, i+1)
			}
		}
		delete(found, i+1)
	}
	for n, dirs := range found {
		t.Errorf("TestTrap%02d of %v: there is no trap of that number", n, dirs)
	}
}
