// Package sim is the world in which simulated devices live: one clock, one
// seed, and one process running at any moment.
//
// # Processes
//
// A process is an ordinary Go function on a stack of its own. [World.Run] runs
// processes cooperatively: one keeps running until it waits on something of
// the world (a [World.Sleep], a [Cond], a [Pipe], a USB transfer). When nobody
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
// with [World.Post] or [World.Call]. These are safe from any goroutine;
// nothing else in a World is.
package sim
