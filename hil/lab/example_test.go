package lab_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/plugfest/plugfest/hil/lab"
)

// A test program under a kernel that has two simulated USB device controllers.
func ExampleRun() {
	result, err := lab.Run(context.Background(), lab.Options{
		Modules: []string{"dummy_hcd num=2", "libcomposite"},
		Dir:     "testdata",
	}, lab.Command{Args: []string{"./gadget.test", "-test.v"}, Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		log.Fatal(err) // the kernel panicked, say: there is no exit code
	}
	fmt.Println(result.ExitCode)
}

// A device that this program exports over USB/IP on its own loopback, attached to
// the guest's kernel, and looked at there.
func ExampleStart() {
	ctx := context.Background()
	m, err := lab.Start(ctx, lab.Options{Modules: []string{"vhci_hcd"}, Network: true})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	for _, script := range []string{
		"usbip attach -r " + lab.HostAddress + " -b 1-1",
		"lsusb -v -d 05ac:",
	} {
		out, err := m.Shell(ctx, script)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(out)
	}
}

// What a test in need of a guest does: see package labtest for Go tests.
func ExampleCheck() {
	if err := lab.Check(lab.Options{}); err != nil {
		fmt.Println(err) // the lab lacks ..., and the commands to get it
	}
}
