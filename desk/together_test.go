package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/state"
)

// Several tools at once on one phone: the log runs, screenshots are taken, values are
// read, and a tree is copied in and out, each as if it were alone.
func TestToolsTogether(t *testing.T) {
	d := paired(t)
	dir := mount(t, d)
	from := grow(t, 400)
	want := tree(t, from)
	shots := t.TempDir()

	log := watch(t, d, "idevicesyslog", "-p", "Counter")
	require.Equal(t, "[connected]", log.line())
	const lines = 3000
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.World.Go("counter", func() {
			for i := range lines {
				d.State.Log.Write(state.Entry{Process: "Counter", PID: 7, Level: state.Notice, Message: fmt.Sprintf("line %d", i)})
				d.World.Sleep(time.Millisecond) // a log that is read too slowly loses lines
			}
			for {
				d.State.Log.Write(state.Entry{Process: "Counter", PID: 7, Level: state.Notice, Message: "the end"})
				d.World.Sleep(100 * time.Millisecond)
			}
		})
	}))

	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	ends, running := make(chan error), 0
	try := func(what func() error) {
		running++
		go func() { ends <- what() }()
	}
	do := func(want string, name string, args ...string) error {
		out, err := command(ctx, t, d, name, args...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			return fmt.Errorf("%s %v says %q, want %q: %v", name, args, got, want, err)
		}
		return nil
	}
	back := filepath.Join(t.TempDir(), "back")
	try(func() error {
		if err := do("", "cp", "-r", "--preserve=timestamps", from, dir); err != nil {
			return err
		}
		return do("", "cp", "-r", "--preserve=timestamps", dir+"/tree", back)
	})
	const screens = 8
	try(func() error {
		for i := range screens {
			file := filepath.Join(shots, fmt.Sprint(i, ".png"))
			if err := do("Screenshot saved to "+file, "idevicescreenshot", file); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		try(func() error {
			for range 20 {
				if err := do("iPhone14,7", "ideviceinfo", "-k", "ProductType"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var failed []error
	for range running {
		if err := <-ends; err != nil {
			failed = append(failed, err)
		}
	}
	require.NoError(t, errors.Join(failed...))

	require.Equal(t, want, tree(t, back))
	for i := range screens {
		b, err := os.ReadFile(filepath.Join(shots, fmt.Sprint(i, ".png")))
		require.NoError(t, err)
		p, err := png.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, 1170, p.Bounds().Dx())
	}
	// The log is whole from where it began.
	first, next := -1, 0
	for {
		l := log.line()
		if strings.HasSuffix(l, "the end") {
			break
		}
		var n int
		_, err := fmt.Sscanf(l[strings.Index(l, ">: ")+3:], "line %d", &n)
		require.NoError(t, err, l)
		if first < 0 {
			first, next = n, n
		}
		require.Equal(t, next, n, "no line is missing, and none comes twice")
		next++
	}
	require.Equal(t, lines, next)
	unmount(t, d, dir)
}
