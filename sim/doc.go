// Package sim is the world in which simulated devices live: one clock, one
// seed, and one process running at any moment.
//
// # Processes
//
// A process is an ordinary Go function on a stack of its own. [World.Run] runs
// processes cooperatively: one keeps running until it waits on something of
// the world (a [World.Sleep], a [Cond], a [World.Pipe], a USB transfer). When nobody
// can run, the clock jumps to the next timer. Code inside a world therefore
// needs no locks, has no data races, and reads like blocking Go. When nobody
// can run and no timer is set, the world is deadlocked, and Run says so with a
// [DeadlockError] that names every process and what it waits for.
//
// Inside a world use no sync, no time.Now, no go statement and no global
// randomness: [World.Now], [World.Go] and [World.Rand] take their place. Then
// the same seed gives the same trace, byte for byte.
//
// # Two clocks
//
// On the default, virtual clock a 30 s time-out costs microseconds. With
// [RealTime] the same world runs on the machine's clock: waiting for a timer
// really waits.
//
// # The door
//
// Code outside of a world enters by one door. A process steps outside with
// [World.Outside] to block on something real; outside code posts into the world
// with [World.Post] or [World.Call], and [World.Hold] keeps the world open for
// it. Post, Call and Hold are safe from any
// goroutine; nothing else in a World is. [World.Import] brings a socket into the world, and
// [World.Export] takes a pipe of the world out, each as a [net.Conn].
//
// On the virtual clock what comes in waits until no process can run, and time
// stands still while somebody is outside: so the machine's speed leaves no mark
// in the trace.
//
// # Pipes and links
//
// A [World.Pipe] is a perfect connection. A [World.Link] carries packets through
// [Impairments]: latency, bandwidth, loss and the like by chance, and single
// faults at a packet, a byte or a time. Both are [net.Conn], so that crypto/tls
// and the like work over them unchanged.
package sim
