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
	"sync/atomic"
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
	// A log that is read too slowly loses lines: the phone writes as fast as the tool reads.
	const lines, ahead = 3000, 100
	var read atomic.Int64 // lines that the tool has shown
	require.NoError(t, d.Do(func(d *desk.Desk) {
		d.World.Go("counter", func() {
			write := func(format string, args ...any) {
				d.State.Log.Write(state.Entry{Process: "Counter", PID: 7, Level: state.Notice, Message: fmt.Sprintf(format, args...)})
				d.World.Sleep(time.Millisecond)
			}
			for read.Load() == 0 {
				write("the beginning")
			}
			for i := range lines {
				for int64(i)-read.Load() > ahead {
					d.World.Sleep(10 * time.Millisecond)
				}
				write("line %d", i)
			}
			write("the end")
		})
	}))

	said := make(chan []string)
	go func() {
		var all []string
		for log.out.Scan() && !strings.HasSuffix(log.out.Text(), "the end") {
			_, text, _ := strings.Cut(log.out.Text(), ">: ")
			if read.Add(1); text != "the beginning" {
				all = append(all, text)
			}
		}
		said <- all
	}()

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
	all := <-said
	for i, text := range all {
		require.Equal(t, fmt.Sprintf("line %d", i), text, "no line is missing, and none comes twice")
	}
	require.Len(t, all, lines)
	unmount(t, d, dir)
}
