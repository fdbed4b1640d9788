package dissect

import (
	"encoding/binary"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/carlife"
	"github.com/plugfest/plugfest/wire/usbmux"
)

// muxTap follows usbmux on the bulk pair of an iPhone's interface FF/FE/02.
type muxTap struct {
	dev   *device
	part  [2][]byte // by way: the start of a packet that goes on
	conns map[uint32]*muxConn
	car   carLife // of the six connections together: who encrypts
}

// maxMuxConns bounds the connections followed at once.
const maxMuxConns = 4096

func newMuxTap(v *device) *muxTap { return &muxTap{dev: v, conns: map[uint32]*muxConn{}} }

// ends names who sends in a direction, and who receives.
func (m *muxTap) ends(way int) (who, peer string) {
	if way == toHost {
		return m.dev.name, m.dev.host
	}
	return m.dev.host, m.dev.name
}

func (m *muxTap) emit(kind string, way int, f []sim.Field, data []byte) {
	who, peer := m.ends(way)
	m.dev.d.emit("usbmux", kind, who, peer, f, data)
}

func (m *muxTap) malformed(way int, fault string) {
	m.part[way] = m.part[way][:0]
	m.emit("malformed", way, append(m.dev.d.derive(), sim.Text("fault", fault)), nil)
}

// feed takes a transfer, or as much of one as a read of the host's holds. A longer
// packet comes in several that are full, of whatever size the host reads.
func (m *muxTap) feed(way int, b []byte) {
	begun := len(m.part[way]) > 0
	if begun {
		m.part[way] = append(m.part[way], b...)
		b = m.part[way]
	}
	for len(b) > 0 {
		if len(b) < usbmux.HeaderLenV1 {
			m.malformed(way, "too short for a header")
			return
		}
		n := uint64(binary.BigEndian.Uint32(b[4:]))
		switch {
		case n < usbmux.HeaderLenV1 || n > usbmux.MaxToHost:
			m.malformed(way, "impossible length")
			return
		case n > uint64(len(b)):
			if !begun {
				m.part[way] = append(m.part[way][:0], b...)
			} else {
				m.part[way] = m.part[way][:copy(m.part[way], b)]
			}
			return
		}
		m.packet(way, b[:n])
		b = b[n:]
	}
	m.part[way] = m.part[way][:0]
}

// packet shows one packet. Only version 2 has the magic where version 1 has ports.
func (m *muxTap) packet(way int, b []byte) {
	version := 1
	if len(b) >= usbmux.HeaderLenV2 && binary.BigEndian.Uint32(b[8:]) == usbmux.Magic {
		version = 2
	}
	p, err := usbmux.ParsePacket(b, version)
	if err != nil {
		m.malformed(way, err.Error())
		return
	}
	f := m.dev.d.derive()
	switch p.Protocol {
	case usbmux.ProtoVersion:
		v, err := usbmux.ParseVersion(p.Payload)
		if err != nil {
			m.malformed(way, err.Error())
			return
		}
		clear(m.conns) // whatever there was is over
		m.emit("version", way, append(f, sim.Int("major", v.Major), sim.Int("minor", v.Minor)), nil)
	case usbmux.ProtoSetup:
		m.emit("setup", way, f, p.Payload)
	case usbmux.ProtoControl:
		c, err := usbmux.ParseControl(p.Payload)
		if err != nil {
			m.malformed(way, err.Error())
			return
		}
		m.emit("control", way, append(f, sim.Int("type", uint8(c.Type)), sim.Text("text", excerpt(c.Text))), nil)
	case usbmux.ProtoTCP:
		s, err := usbmux.ParseSegment(p.Payload)
		if err != nil {
			m.malformed(way, err.Error())
			return
		}
		m.segment(way, s)
	default:
		m.emit("unknown protocol", way, append(f, sim.Int("protocol", uint32(p.Protocol))), p.Payload)
	}
}

// segment shows a packet of a connection and hands its bytes on.
func (m *muxTap) segment(way int, s usbmux.Segment) {
	port, from := s.Dst, s.Src // the phone's port, and the host's
	if way == toHost {
		port, from = from, port
	}
	key := uint32(port)<<16 | uint32(from)
	f := append(m.dev.d.derive(), sim.Int("port", port), sim.Int("from", from), sim.Int("seq", s.Seq), sim.Int("ack", s.Ack),
		sim.Int("window", s.Window), sim.Int("len", len(s.Payload)))
	c := m.conns[key]
	switch {
	case s.Flags&usbmux.RST != 0:
		if text := s.Reason(); text != "" {
			f = append(f, sim.Text("text", excerpt(text)))
		}
		m.emit("rst", way, f, nil)
		if c != nil {
			delete(m.conns, key)
			c.end(way)
		}
		return
	case s.Flags == usbmux.SYN:
		m.emit("syn", way, f, nil)
		if len(m.conns) >= maxMuxConns {
			clear(m.conns)
		}
		m.conns[key] = newMuxConn(m, port, from)
		return
	case s.Flags == usbmux.SYN|usbmux.ACK:
		m.emit("synack", way, f, nil)
		if c != nil {
			c.open = true
		}
		return
	case s.Flags != usbmux.ACK:
		m.emit("bad flags", way, append(f, sim.Text("flags", s.Flags.String())), s.Payload)
		return
	case len(s.Payload) == 0:
		m.emit("ack", way, f, nil)
		return
	}
	if c != nil && c.protocol() != "" {
		f = append(f, sim.Text("protocol", c.protocol()))
	}
	m.emit("data", way, f, s.Payload)
	if c != nil {
		c.data(way, s.Payload)
	}
}

// muxConn is a connection to a port of the phone.
type muxConn struct {
	m          *muxTap
	port, from uint16
	open       bool
	moved      [2]tally // by way
	media      [2]tally // of CarLife: pictures and sound without headers
	lockdown   *lockdownTap
	channel    carlife.Channel // of CarLife; 0 for none
	decoders   [2]*carlife.ChannelDecoder
	failed     [2]bool
	link       *linkTap
	decided    bool
}

func newMuxConn(m *muxTap, port, from uint16) *muxConn {
	c := &muxConn{m: m, port: port, from: from}
	for _, ch := range carlife.Channels {
		if port == ch.Ports().MD {
			c.channel = ch
			c.decoders = [2]*carlife.ChannelDecoder{carlife.NewChannelDecoder(ch, limits), carlife.NewChannelDecoder(ch, limits)}
		}
	}
	switch {
	case c.channel == carlife.ChannelCommand: // the first of the six
		m.car = carLife{}
	case port == usbmux.LockdownPort:
		c.lockdown = newLockdownTap(m.dev)
	}
	return c
}

// protocol names what the bytes of the connection are shown as, besides this.
func (c *muxConn) protocol() string {
	switch {
	case c.lockdown != nil && !c.lockdown.hidden:
		return "lockdown"
	case c.channel != 0:
		return "carlife"
	case c.link != nil:
		return "iap2"
	}
	return ""
}

// data takes what a packet carried.
func (c *muxConn) data(way int, b []byte) {
	c.moved[way].add(b)
	switch {
	case c.lockdown != nil:
		c.lockdown.feed(way, b)
	case c.channel != 0:
		c.carLife(way, b)
	case !c.decided:
		if c.decided = true; looksLikeLink(b) {
			c.link = newLinkTap(c.m.dev.d, c.m.dev.host, c.m.dev.name)
			c.link.feed(way, b)
		}
	case c.link != nil:
		c.link.feed(way, b)
	}
}

// carLife shows the messages of a channel.
func (c *muxConn) carLife(way int, b []byte) {
	if c.failed[way] {
		return
	}
	d := c.m.dev.d
	who, peer := c.m.ends(way)
	dec := c.decoders[way]
	dec.Feed(b)
	for {
		m, ok, err := dec.Next()
		if err != nil {
			c.failed[way] = true
			f := append(d.derive(), sim.Int("channel", c.channel), sim.Int("offset", dec.Offset()), sim.Text("fault", err.Error()))
			d.emit("carlife", "undecodable", who, peer, f, nil)
			return
		}
		if !ok {
			return
		}
		c.m.car.way[way].message(d, who, peer, m)
		if info, known := carlife.Lookup(m.ID); known && info.Kind == carlife.PayloadRaw {
			c.media[way].add(m.Payload)
		}
	}
}

// end tells how much went each way in a connection that was established, and its
// hash: sent is what the phone sent. Of a CarLife channel it also tells of the
// pictures and sound alone, which have no time stamps in them.
func (c *muxConn) end(way int) {
	if !c.open {
		return
	}
	f := append(c.m.dev.d.derive(), sim.Int("port", c.port), sim.Int("from", c.from))
	f = c.moved[toHost].fields(f, "sent")
	f = c.moved[toDevice].fields(f, "received")
	c.m.emit("close", way, f, nil)
	if c.channel == 0 {
		return
	}
	f = append(c.m.dev.d.derive(), sim.Int("channel", c.channel))
	f = c.media[toHost].fields(f, "sent")
	f = c.media[toDevice].fields(f, "received")
	who, peer := c.m.ends(way)
	c.m.dev.d.emit("carlife", "close", who, peer, f, nil)
}
