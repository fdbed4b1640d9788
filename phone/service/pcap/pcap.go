package pcap

import (
	"encoding/binary"
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// Name is what a host asks for.
const Name = wire.ServicePcapd

const headerSize = 95

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("5.0")}, Serve: Serve}
}

// Serve sends packets until the host hangs up.
func Serve(s *service.Session) error {
	s.Format = plist.Binary
	feed := s.Phone.Packets
	watch := service.NewWatch(s, feed.Wake)
	defer watch.End()
	t := newTraffic(s.Phone)
	next := s.World.Now()
	for at := feed.End(); !watch.Over(); {
		p, after, ok := feed.Read(at)
		if at = after; ok {
			if err := s.Send(AppendPacket(nil, &p)); err != nil {
				return err
			}
			continue
		}
		if s.World.Now() >= next {
			t.exchange(feed)
			next = s.World.Now() + pause
			continue
		}
		feed.Wait(at, next)
	}
	return nil
}

// pause is the time between two exchanges of a phone that nobody uses.
const pause = 500 * time.Millisecond

// AppendPacket appends a packet with its header.
func AppendPacket(dst []byte, p *state.Packet) []byte {
	h := make([]byte, headerSize)
	be, le := binary.BigEndian, binary.LittleEndian
	be.PutUint32(h, headerSize)
	h[4] = 2
	be.PutUint32(h[5:], uint32(len(p.Ethernet)+len(p.IP)))
	h[9] = 0xFF
	if p.Ethernet != nil {
		h[9] = 6
	}
	h[12] = 1
	if p.Outgoing {
		h[12] = 16
	}
	family := uint32(2)
	if len(p.IP) > 0 && p.IP[0]>>4 == 6 {
		family = 30
	}
	be.PutUint32(h[13:], family)
	be.PutUint32(h[17:], uint32(len(p.Ethernet)))
	copy(h[25:40], p.Interface) // a NUL stays behind each name
	le.PutUint32(h[41:], p.PID)
	copy(h[45:61], p.Process)
	le.PutUint32(h[66:], p.PID)
	copy(h[70:86], p.Process)
	be.PutUint32(h[87:], uint32(p.Time.Unix()))
	be.PutUint32(h[91:], uint32(p.Time.Nanosecond()/1000))
	dst = append(dst, h...)
	dst = append(dst, p.Ethernet...)
	return append(dst, p.IP...)
}
