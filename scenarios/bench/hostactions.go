package bench

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// An argument of an action.
type parameter struct {
	name     string // "" for the plain word after the client's name
	required bool
	check    func(string) error
}

// A hostAction is what a script can "do" with a program at the socket: its first
// word is the program's name, and then come its arguments.
type hostAction struct {
	args []parameter
	run  func(b *hostBench, c *client, a arguments) error
}

// arguments are those of one action, by name; "" is the plain word.
type arguments map[string]string

func (a arguments) number(name string, otherwise int) int {
	n, err := strconv.Atoi(a[name])
	if err != nil {
		return otherwise
	}
	return n
}

func between(low, high int) func(string) error {
	return func(s string) error {
		if n, err := strconv.Atoi(s); err != nil || n < low || n > high {
			return fmt.Errorf("want a number from %d to %d", low, high)
		}
		return nil
	}
}

func oneOf(words ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("want %s", strings.Join(words, " or "))
		}
		return nil
	}
}

func anything(string) error { return nil }

// Bounds of actions.
const (
	maxProgramBytes = 1 << 31
	maxPrograms     = 10_000
)

var (
	toPort    = parameter{"port", true, between(1, 65535)}
	toDevice  = parameter{"device", false, between(0, 1<<31-1)} // 1 where it is left out
	inVersion = parameter{"version", false, oneOf("0", "1")}    // 1 where it is left out
	ofRecord  = parameter{"record", true, anything}
)

var hostActions = map[string]hostAction{
	"listen": {[]parameter{inVersion}, func(b *hostBench, c *client, a arguments) error {
		return c.ask(usbmuxd.Request{Version: uint32(a.number("version", 1)), Command: usbmuxd.Listen})
	}},
	"list": {nil, func(b *hostBench, c *client, a arguments) error {
		return c.ask(usbmuxd.Request{Version: usbmuxd.Plist, Command: usbmuxd.ListDevices})
	}},
	"connect": {[]parameter{toPort, toDevice, inVersion, {"deaf", false, oneOf("1")}}, func(b *hostBench, c *client, a arguments) error {
		c.deafen = a["deaf"] != ""
		return c.ask(connectRequest(a))
	}},
	"send": {[]parameter{{"", true, between(1, maxProgramBytes)}}, func(b *hostBench, c *client, a arguments) error {
		c.pump(int64(a.number("", 0)))
		return nil
	}},
	"read": {nil, func(b *hostBench, c *client, a arguments) error {
		c.undeafen()
		return nil
	}},
	"close": {nil, func(b *hostBench, c *client, a arguments) error { return c.conn.Close() }},
	"reconnect": {[]parameter{{"", true, between(1, maxPrograms)}, toPort, toDevice}, func(b *hostBench, c *client, a arguments) error {
		b.w.Go("program "+c.name, func() {
			for range a.number("", 0) {
				if b.visit(c.name, connectRequest(a), []byte("visit"), false) != nil {
					return
				}
			}
		})
		return nil
	}},
	"storm": {[]parameter{{"", true, between(1, maxPrograms)}, toPort, toDevice}, func(b *hostBench, c *client, a arguments) error {
		for i := range a.number("", 0) {
			b.w.Go("program "+c.name, func() {
				_ = b.visit(c.name, connectRequest(a), fmt.Appendf(nil, "program %04d", i), i%3 == 0)
			})
		}
		return nil
	}},
	"save-record": {[]parameter{ofRecord, toDevice}, func(b *hostBench, c *client, a arguments) error {
		record, err := plist.AppendXML(nil, map[string]any{"HostID": "A HOST"})
		if err != nil {
			return err
		}
		r := usbmuxd.Request{Version: usbmuxd.Plist, Command: usbmuxd.SavePairRecord, RecordID: a["record"], RecordData: record}
		if a["device"] != "" {
			r.DeviceID, r.HasDevice = uint32(a.number("device", 0)), true
		}
		return c.ask(r)
	}},
	"read-record": {[]parameter{ofRecord}, func(b *hostBench, c *client, a arguments) error {
		return c.ask(usbmuxd.Request{Version: usbmuxd.Plist, Command: usbmuxd.ReadPairRecord, RecordID: a["record"]})
	}},
	"delete-record": {[]parameter{ofRecord}, func(b *hostBench, c *client, a arguments) error {
		return c.ask(usbmuxd.Request{Version: usbmuxd.Plist, Command: usbmuxd.DeletePairRecord, RecordID: a["record"]})
	}},
	"ask": {[]parameter{{"", true, anything}, {"domain", false, anything}, {"key", false, anything}}, func(b *hostBench, c *client, a arguments) error {
		r, err := lockdown.Request{Kind: lockdown.Kind(a[""]), Label: c.name, Domain: a["domain"], Key: a["key"]}.AppendTo(nil)
		if err == nil {
			c.write(r)
		}
		return err
	}},
}

func connectRequest(a arguments) usbmuxd.Request {
	return usbmuxd.Request{
		Version: uint32(a.number("version", 1)), Command: usbmuxd.Connect,
		DeviceID: uint32(a.number("device", 1)), HasDevice: true, Port: uint16(a.number("port", 0)), HasPort: true,
	}
}

// Do carries out an action of a script.
func (b *hostBench) Do(action string, args []string) error {
	if err := checkHostAction(action, args); err != nil {
		return scenarios.MarkInvalid(fmt.Errorf("bench: %w", err))
	}
	switch action {
	case "plug":
		b.carrier.Plug()
		return nil
	case "unplug":
		b.carrier.Unplug()
		b.state.Unplugged()
		return nil
	}
	a, _ := parseArguments(hostActions[action], args[1:])
	c := b.clients[args[0]]
	if c == nil || c.closed {
		switch action {
		case "reconnect", "storm":
			c = &client{b: b, name: args[0]} // each of many has a socket of its own
		default:
			c = b.open(args[0])
		}
	}
	return hostActions[action].run(b, c, a)
}

// Send puts bytes on the wire past what sends there: those of the phone as one
// transfer of its usbmux, those of a program at its socket.
func (b *hostBench) Send(frame scenarios.Pattern) error {
	if err := checkHostFrame(frame); err != nil {
		return scenarios.MarkInvalid(fmt.Errorf("bench: %w", err))
	}
	data, err := hex.DecodeString(frame.Get("bytes"))
	if err != nil {
		return scenarios.MarkInvalid(fmt.Errorf("bench: bytes=%s: want hexadecimal digits, two a byte", frame.Get("bytes")))
	}
	if frame.Who == phoneName {
		return b.phone.InjectMux(data)
	}
	c := b.clients[frame.Who]
	if c == nil || c.closed {
		c = b.open(frame.Who)
	}
	c.write(data)
	return nil
}
