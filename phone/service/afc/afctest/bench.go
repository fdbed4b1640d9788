package afctest

import (
	"testing"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/sim"
)

// Run runs fn in a world of its own with a client of a service over root. What
// ends the service badly fails the test.
func Run(t testing.TB, root files.Tree, o service.Options, fn func(w *sim.World, c *Client)) {
	t.Helper()
	w := sim.New()
	if err := w.Run(func() {
		c, ended := Serve(w, root, o)
		fn(w, c)
		_ = c.Close()
		if err := ended(); err != nil {
			t.Errorf("the service ended with: %v", err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// Serve starts a service over root and returns a client of it. The function
// that it returns waits for the service's end, and returns what ended it.
func Serve(w *sim.World, root files.Tree, o service.Options) (c *Client, ended func() error) {
	near, far := w.Pipe("afc")
	over := w.NewCond("end of afc")
	var err error
	done := false
	w.Go("afc", func() {
		err = service.Serve(w, far, root, o)
		_ = far.Close()
		done = true
		over.Broadcast()
	})
	return New(near), func() error {
		over.WaitFor(sim.Never, func() bool { return done })
		return err
	}
}
