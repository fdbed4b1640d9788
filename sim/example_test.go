package sim_test

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/plugfest/plugfest/sim"
)

// Two processes, one clock: 30 s of waiting take microseconds.
func Example() {
	w := sim.New(sim.Seed(1))
	request, answer := w.NewCond("a request"), w.NewCond("an answer")
	w.Go("server", func() {
		request.Wait()
		w.Sleep(30 * time.Second)
		fmt.Println(w.Now(), "server answers")
		answer.Signal()
	})
	err := w.Run(func() {
		w.Sleep(time.Second)
		fmt.Println(w.Now(), "client asks")
		request.Signal()
		answer.Wait()
	})
	fmt.Println(w.Now(), "done:", err)
	// Output:
	// 1s client asks
	// 31s server answers
	// 31s done: <nil>
}

// A world in which everybody waits for nobody says so.
func ExampleWorld_Run_deadlock() {
	w := sim.New()
	a, b := w.Pipe("control")
	w.Go("phone", func() {
		_, _ = a.Read(make([]byte, 1))
	})
	err := w.Run(func() {
		w.Sleep(5 * time.Millisecond)
		_, _ = b.Read(make([]byte, 1))
	})
	fmt.Println(err)
	// Output:
	// sim: deadlock at 5ms: nobody can run and no timer is set
	// 	phone waits for read of control since 0s
	// 	main waits for read of control since 5ms
}

func ExampleCond() {
	w := sim.New()
	battery := 97
	full := w.NewCond("a full battery")
	w.Go("charger", func() {
		for battery < 100 {
			w.Sleep(time.Minute)
			battery++
			full.Signal()
		}
	})
	_ = w.Run(func() {
		charged := func() bool { return battery == 100 }
		fmt.Println(full.WaitFor(2*time.Minute, charged), battery, w.Now())
		fmt.Println(full.WaitFor(sim.Never, charged), battery, w.Now())
	})
	// Output:
	// false 99 2m0s
	// true 100 3m0s
}

func ExampleWorld_Pipe() {
	w := sim.New()
	a, b := w.Pipe("control")
	w.Go("phone", func() {
		_, _ = io.WriteString(a, "hello")
		_ = a.Close()
	})
	_ = w.Run(func() {
		text, err := io.ReadAll(b)
		fmt.Printf("%s %v\n", text, err)
	})
	// Output: hello <nil>
}

// A serial line of 115200 baud that is pulled after 40 ms.
func ExampleWorld_Link() {
	w := sim.New()
	line := sim.Impairments{Bandwidth: 11520}
	bad := line
	bad.Faults = []sim.Fault{{Kind: sim.Unplug, At: 40 * time.Millisecond}}
	l := w.Link("serial", line, bad)
	w.Go("sender", func() {
		for range 4 {
			_, _ = l.A.Write(make([]byte, 192)) // each takes 16.67 ms
		}
	})
	_ = w.Run(func() {
		buf := make([]byte, 192)
		for {
			n, err := io.ReadFull(l.B, buf)
			fmt.Println(w.Now().Round(time.Millisecond), n, err)
			if errors.Is(err, sim.ErrUnplugged) {
				return
			}
		}
	})
	// Output:
	// 17ms 192 <nil>
	// 33ms 192 <nil>
	// 40ms 0 sim: unplugged
}

// A goroutine outside rings a bell inside.
func ExampleWorld_Post() {
	w := sim.New()
	bell := w.NewCond("the bell")
	release := w.Hold() // or the world would call it a deadlock
	go func() {
		w.Post(bell.Signal)
		release()
	}()
	err := w.Run(func() {
		bell.Wait()
		fmt.Println("ring")
	})
	fmt.Println(err)
	// Output:
	// ring
	// <nil>
}

// A client outside talks to a service inside.
func ExampleWorld_Export() {
	w := sim.New(sim.RealTime())
	a, b := w.Pipe("service")
	client := w.Export(a)
	go func() {
		_, _ = io.WriteString(client, "hello")
		_ = client.Close()
	}()
	_ = w.Run(func() {
		text, err := io.ReadAll(b)
		fmt.Printf("%s %v\n", text, err)
	})
	// Output: hello <nil>
}
