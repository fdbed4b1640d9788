package bench

import (
	"fmt"
	"net"
	"sync"

	"github.com/plugfest/plugfest/headunit/muxd"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/sim"
)

// hostName is what events call the usbmuxd.
const hostName = "host"

// hostBench is a phone, and at the other end a usbmuxd with programs at its socket.
type hostBench struct {
	w       *sim.World
	carrier Carrier
	phone   *phone.Phone
	state   *state.State
	ports   *lockdown.Ports
	daemon  *muxd.Daemon
	clients map[string]*client
	sockets int
}

var _ scenarios.Bench = (*hostBench)(nil)

// library is what all phones share.
var library = sync.OnceValues(state.Load)

func newHost(w *sim.World, c scenarios.Config, join CarrierMaker) (scenarios.Bench, error) {
	persona, err := readPhone(c.Setup.Phone)
	if err != nil {
		return nil, err
	}
	host, err := readHost(c.Setup.Host)
	if err != nil {
		return nil, err
	}
	cable, err := readCable(c.Setup.Cable, hostName)
	if err != nil {
		return nil, err
	}
	b := &hostBench{w: w, clients: map[string]*client{}}
	if b.phone, b.state, b.ports, err = newPhone(w, c.Setup.Phone, persona); err != nil {
		return nil, err
	}
	if b.carrier, err = join(w, cable); err != nil {
		return nil, err
	}
	b.phone.SetPorts(phone.PortsFunc(b.serve))
	b.daemon = muxd.New(w, hostName, host.options())
	return b, nil
}

// Start switches the phone on and has the daemon look for it; the cable is not
// plugged in yet.
func (b *hostBench) Start() error {
	b.phone.Start(b.carrier.Phone())
	host, _ := b.carrier.Headunit()
	b.daemon.Watch(host)
	return nil
}

// Stop takes the carrier apart; all else ends with the world.
func (b *hostBench) Stop() { b.carrier.Close() }

// The simple services that an app on the phone offers, by their numbers (RFC 862,
// 863, 864).
const (
	portEcho    = 7
	portDiscard = 9
	portCharGen = 19
)

// serve takes a connection to a port of the phone.
func (b *hostBench) serve(port uint16, c net.Conn) error {
	run, ok := map[uint16]func(net.Conn){portEcho: echo, portDiscard: discard, portCharGen: charGen}[port]
	if !ok {
		return b.ports.Connect(port, c)
	}
	b.w.Go(fmt.Sprintf("%s port %d", phoneName, port), func() {
		run(c)
		_ = c.Close()
	})
	return nil
}

const serviceBuffer = 32 << 10

func echo(c net.Conn) {
	buf := make([]byte, serviceBuffer)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

func discard(c net.Conn) {
	buf := make([]byte, serviceBuffer)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

func charGen(c net.Conn) {
	buf := make([]byte, serviceBuffer)
	for i := range buf {
		buf[i] = ' ' + byte(i%95)
	}
	for {
		if _, err := c.Write(buf); err != nil {
			return
		}
	}
}
