package dissect

import (
	"encoding/binary"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// Interfaces that are followed. Sources: wllm-rbnt/third-eye, wiomoc/iap2,
// libimobiledevice/usbmuxd.
const (
	classVendor   = 0xFF
	subClassMFi   = 0xF0
	subClassMux   = 0xFE
	protocolMux   = 0x02
	protocolIAP2  = 0x00
	protocolEA    = 0x01
	classHID      = 0x03
	maxConfigs    = 8
	maxInterfaces = 32
)

// The two ways of a pair of endpoints.
const (
	toDevice = iota
	toHost
)

// A pipe takes what passes an interface's endpoints.
type pipe interface {
	feed(way int, data []byte)
}

// device is what is known of one device on a bus.
type device struct {
	d          *Dissector
	host, name string

	configs []usb.ConfigDescriptor
	active  *usb.ConfigDescriptor
	idle    bool // the host has unconfigured it
	strings [256]string

	ends    [32]pipe           // by endpoint: number, and 16 more for IN
	taps    map[uint8]*linkTap // by interface number
	natives map[uint8]*native
	guess   *linkTap // of a device whose descriptors were not seen
	guessEA *native
}

func newDevice(d *Dissector) *device { return &device{d: d} }

func endIndex(ep uint8) int { return int(ep&0x0F) + int(ep&usb.DirIn)>>3 }

// addConfig keeps a configuration as the host has read it, once it is whole.
func (v *device) addConfig(b []byte) {
	if len(b) < 9 || int(binary.LittleEndian.Uint16(b[2:])) > len(b) {
		return
	}
	c, _ := usb.ParseConfig(b) // whatever could be read
	for i := range v.configs {
		if v.configs[i].Value == c.Value {
			if v.active != &v.configs[i] {
				v.configs[i] = c
			}
			return
		}
	}
	if len(v.configs) == maxConfigs {
		return
	}
	active := v.active
	v.configs = append(v.configs, c)
	if active != nil { // the slice may have moved
		v.active = v.config(active.Value)
	}
}

func (v *device) config(value uint8) *usb.ConfigDescriptor {
	for i := range v.configs {
		if v.configs[i].Value == value {
			return &v.configs[i]
		}
	}
	return nil
}

// configure begins anew: every interface is in alternate setting 0.
func (v *device) configure(value uint8) {
	v.active, v.idle = v.config(value), value == 0
	v.ends = [32]pipe{}
	v.taps, v.natives = map[uint8]*linkTap{}, map[uint8]*native{}
	v.guess, v.guessEA = nil, nil
	if v.active == nil {
		return
	}
	for i := range v.active.Interfaces {
		if i == maxInterfaces {
			return
		}
		f := &v.active.Interfaces[i]
		for j := range f.Alternates {
			if f.Alternates[j].Setting == 0 {
				v.open(f.Number, &f.Alternates[j])
			}
		}
	}
}

// open connects the endpoints of an alternate setting to what follows them.
func (v *device) open(number uint8, a *usb.Alternate) {
	var p pipe
	switch {
	case a.Class == classVendor && a.SubClass == subClassMux && a.Protocol == protocolMux:
		p = newMuxTap(v)
	case a.Class != classVendor || a.SubClass != subClassMFi:
		return
	case a.Protocol == protocolIAP2:
		tap := newLinkTap(v.d, v.host, v.name)
		v.taps[number] = tap
		p = tap
	case a.Protocol == protocolEA:
		if v.natives[number] == nil {
			v.natives[number] = &native{dev: v, number: number, text: a.String}
		}
		p = v.natives[number]
	default:
		return
	}
	for _, e := range a.Endpoints {
		if e.Type() == usb.TypeBulk {
			v.ends[endIndex(e.Address)] = p
		}
	}
}

// setInterface selects an alternate setting.
func (v *device) setInterface(number, setting uint8) {
	if v.active == nil {
		return
	}
	for i := range v.active.Interfaces {
		f := &v.active.Interfaces[i]
		if f.Number != number {
			continue
		}
		for j := range f.Alternates {
			for _, e := range f.Alternates[j].Endpoints {
				v.ends[endIndex(e.Address)] = nil
			}
		}
		for j := range f.Alternates {
			if f.Alternates[j].Setting == setting {
				v.open(number, &f.Alternates[j])
			}
		}
	}
	if n := v.natives[number]; n != nil {
		n.set(setting != 0)
	}
}

// data takes what a bulk or interrupt transfer carried.
func (v *device) data(ep uint8, b []byte) {
	way := toDevice
	if ep&usb.DirIn != 0 {
		way = toHost
	}
	p := v.ends[endIndex(ep)]
	if p == nil && v.active == nil && !v.idle {
		p = v.recognise(ep, b)
	}
	if p != nil {
		p.feed(way, b)
	}
}

// recognise finds out what an endpoint of an unknown device carries: the one
// configuration that is known, or else the first bytes, tell.
func (v *device) recognise(ep uint8, b []byte) pipe {
	if len(v.configs) == 1 {
		v.configure(v.configs[0].Value)
		for i := range v.active.Interfaces {
			f := &v.active.Interfaces[i]
			for j := range f.Alternates {
				for _, e := range f.Alternates[j].Endpoints {
					if e.Address == ep && f.Alternates[j].Setting != 0 {
						v.open(f.Number, &f.Alternates[j])
					}
				}
			}
		}
		return v.ends[endIndex(ep)]
	}
	switch {
	case looksLikeLink(b):
		if v.guess == nil {
			v.guess = newLinkTap(v.d, v.host, v.name)
		}
		v.ends[endIndex(ep)] = v.guess
	case looksLikeCarLife(b):
		if v.guessEA == nil {
			v.guessEA = &native{dev: v}
		}
		v.ends[endIndex(ep)] = v.guessEA
	}
	return v.ends[endIndex(ep)]
}

// native is an EA native transport: raw bytes, once it is open.
type native struct {
	dev    *device
	number uint8
	text   uint8 // number of the interface's string, which names the protocol
	car    carLife
	moved  [2]tally // by way
}

func (n *native) protocol() string { return n.dev.strings[n.text] }

// set opens or closes the transport. Each opening is a new session, and the end of
// one tells how much went each way, and its hash.
func (n *native) set(open bool) {
	car := n.car
	n.car = carLife{}
	kind := "close"
	if open {
		kind = "open"
	}
	d := n.dev.d
	f := append(d.derive(), sim.Int("interface", n.number))
	if p := n.protocol(); p != "" {
		f = append(f, sim.Text("protocol", p))
	}
	if !open {
		f = n.moved[toDevice].fields(f, "sent")
		f = n.moved[toHost].fields(f, "received")
	}
	n.moved = [2]tally{}
	d.emit("ea.native", kind, n.dev.host, n.dev.name, f, nil)
	if !open {
		car.end(d, toDevice, n.dev.host, n.dev.name)
	}
}

func (n *native) feed(way int, b []byte) {
	d := n.dev.d
	who, peer := n.dev.host, n.dev.name
	if way == toHost {
		who, peer = peer, who
	}
	n.moved[way].add(b)
	decoded := n.car.applies(n.protocol(), way, b)
	f := append(d.derive(), sim.Int("len", len(b)))
	if decoded {
		f = append(f, sim.Text("protocol", CarLifeProtocol))
	}
	d.emit("ea.native", "data", who, peer, f, b)
	if decoded {
		n.car.feed(d, way, who, peer, b)
	}
}
