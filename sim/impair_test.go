package sim_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

func fault(f sim.Fault) sim.Impairments { return sim.Impairments{Faults: []sim.Fault{f}} }

func TestImpairmentsCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		im   sim.Impairments
		want string // "" is good
	}{
		{"nothing", sim.Impairments{}, ""},
		{"everything", sim.Impairments{Latency: ms, Jitter: ms, Bandwidth: 1, Loss: 1, Duplicate: 0.5, Reorder: 0.1, BitError: 1e-9,
			ReorderDelay: ms, Faults: []sim.Fault{
				{Kind: sim.Drop, Packet: 1}, {Kind: sim.Repeat, Byte: 1}, {Kind: sim.Corrupt, At: 1, Bit: -1, Times: 3},
				{Kind: sim.Delay, Packet: 2, For: ms}, {Kind: sim.Stall, Packet: 2, For: ms}, {Kind: sim.Unplug, At: 1}}}, ""},
		{"loss", sim.Impairments{Loss: 1.5}, "sim: loss is 1.5; a chance runs from 0 to 1"},
		{"duplicate", sim.Impairments{Duplicate: -0.1}, "sim: duplicate is -0.1; a chance runs from 0 to 1"},
		{"reorder", sim.Impairments{Reorder: math.NaN()}, "sim: reorder is NaN; a chance runs from 0 to 1"},
		{"bit error", sim.Impairments{BitError: math.Inf(1)}, "sim: bit error is +Inf; a chance runs from 0 to 1"},
		{"latency", sim.Impairments{Latency: -ms}, "sim: latency -1ms, jitter 0s, bandwidth 0, reorder delay 0s: none may be negative"},
		{"jitter", sim.Impairments{Jitter: -ms}, "sim: latency 0s, jitter -1ms, bandwidth 0, reorder delay 0s: none may be negative"},
		{"bandwidth", sim.Impairments{Bandwidth: -1}, "sim: latency 0s, jitter 0s, bandwidth -1, reorder delay 0s: none may be negative"},
		{"reorder delay", sim.Impairments{ReorderDelay: -1}, "sim: latency 0s, jitter 0s, bandwidth 0, reorder delay -1ns: none may be negative"},
		{"kind", fault(sim.Fault{Kind: "melt", Packet: 1}), "sim: fault 0 (melt) is of no known kind; want drop, repeat, delay, corrupt, stall or unplug"},
		{"no place", fault(sim.Fault{Kind: sim.Drop}), "sim: fault 0 (drop) has no place: set packet, byte or time above 0"},
		{"two places", fault(sim.Fault{Kind: sim.Drop, Packet: 1, At: ms}), "sim: fault 0 (drop) has 2 places: set one of packet 1, byte 0 and time 1ms"},
		{"negative place", fault(sim.Fault{Kind: sim.Drop, Byte: -4}), "sim: fault 0 (drop) is at packet 0, byte -4, time 0s: none may be negative"},
		{"no length", fault(sim.Fault{Kind: sim.Stall, Packet: 1}), "sim: fault 0 (stall) has no length: set for above 0"},
		{"negative length", fault(sim.Fault{Kind: sim.Delay, Packet: 1, For: -ms}), "sim: fault 0 (delay) lasts -1ms, 0 times: neither may be negative"},
		{"negative times", fault(sim.Fault{Kind: sim.Drop, Packet: 1, Times: -1}), "sim: fault 0 (drop) lasts 0s, -1 times: neither may be negative"},
		{"the second", sim.Impairments{Faults: []sim.Fault{{Kind: sim.Drop, Packet: 1}, {Kind: sim.Delay, Packet: 1}}},
			"sim: fault 1 (delay) has no length: set for above 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.im.Check()
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.want)
			}
		})
	}
}
