package usb

import "math/bits"

// MaxSpeed returns the fastest speed that the device runs at.
func (d *Descriptors) MaxSpeed() Speed {
	if d.Speed != SpeedUnknown {
		return d.Speed
	}
	fastest := SpeedUnknown
	d.eachEndpoint(func(e *EndpointDescriptor) {
		if e.Type() != TypeBulk {
			return
		}
		switch e.PacketSize() {
		case 1024:
			fastest = max(fastest, Super)
		case 512:
			fastest = max(fastest, High)
		default:
			fastest = max(fastest, Full)
		}
	})
	switch {
	case fastest != SpeedUnknown:
		return fastest
	case d.Device.USB >= 0x0300:
		return Super
	case d.Device.USB >= 0x0200 && d.Device.MaxPacketSize0 == 64:
		return High
	}
	return Full
}

func (d *Descriptors) eachEndpoint(fn func(*EndpointDescriptor)) {
	for i := range d.Configs {
		for j := range d.Configs[i].Interfaces {
			f := &d.Configs[i].Interfaces[j]
			for k := range f.Alternates {
				for n := range f.Alternates[k].Endpoints {
					fn(&f.Alternates[k].Endpoints[n])
				}
			}
		}
	}
}

// At returns the descriptors as the device gives them at a speed. At the speed
// that they are written for it returns d itself. Otherwise bulk endpoints get
// packets of 64, 512 or 1024 bytes, interrupt endpoints of at most 8 (low), 64
// (full) or 1024, with Interval converted, and isochronous ones at most 1023 or
// 1024. SuperSpeed adds endpoint companions without bursts, and a BOS where
// there is none.
func (d *Descriptors) At(s Speed) *Descriptors {
	from := d.MaxSpeed()
	if s == from || s == SpeedUnknown {
		return d
	}
	c := *d
	c.Speed = s
	c.Device = d.deviceAt(s)
	c.Configs = make([]ConfigDescriptor, len(d.Configs))
	for i, f := range d.Configs {
		c.Configs[i] = f.at(from, s)
	}
	if s == Super && len(c.BOS) == 0 {
		c.BOS = append([]byte(nil), superBOS...)
	}
	return &c
}

// superBOS has the two capabilities that a SuperSpeed device must have: link
// power management and SuperSpeed itself (USB 3.2, 9.6.2).
var superBOS = []byte{
	5, DescBOS, 22, 0, 2,
	7, DescDeviceCapability, 2, 2, 0, 0, 0,
	10, DescDeviceCapability, 3, 0, 0x0E, 0, 1, 10, 0xFF, 0x07,
}

func (d *Descriptors) deviceAt(s Speed) DeviceDescriptor {
	v := d.Device
	switch s {
	case Super:
		v.USB, v.MaxPacketSize0 = max(v.USB, 0x0300), 9
	case Low:
		v.USB, v.MaxPacketSize0 = min(v.USB, 0x0210), 8
	default:
		v.USB, v.MaxPacketSize0 = min(v.USB, 0x0210), 64
	}
	return v
}

func (c *ConfigDescriptor) at(from, to Speed) ConfigDescriptor {
	out := *c
	out.Interfaces = make([]Interface, len(c.Interfaces))
	for i, f := range c.Interfaces {
		list := make([]Alternate, len(f.Alternates))
		for j, a := range f.Alternates {
			eps := make([]EndpointDescriptor, len(a.Endpoints))
			for k, e := range a.Endpoints {
				eps[k] = e.at(from, to)
			}
			a.Endpoints = eps
			list[j] = a
		}
		out.Interfaces[i] = Interface{f.Number, list}
	}
	return out
}

func (e EndpointDescriptor) at(from, to Speed) EndpointDescriptor {
	size := map[Speed][4]uint16{Low: {8, 8, 8, 8}, Full: {64, 1023, 64, 64}, High: {512, 1024, 512, 1024}, Super: {1024, 1024, 1024, 1024}}[to][e.Type()]
	switch e.Type() {
	case TypeBulk:
		e.MaxPacketSize = size
	default:
		e.MaxPacketSize = min(e.MaxPacketSize&0x7FF, size)
		e.Interval = intervalAt(e.Interval, e.Type(), from, to)
	}
	var extra [][]byte
	for _, b := range e.Extra {
		if len(b) < 2 || b[1] != DescCompanion {
			extra = append(extra, b)
		}
	}
	if to == Super {
		perInterval := []byte{0, 0}
		if e.Type() != TypeBulk {
			perInterval = []byte{byte(e.MaxPacketSize), byte(e.MaxPacketSize >> 8)}
		}
		extra = append([][]byte{append([]byte{6, DescCompanion, 0, 0}, perInterval...)}, extra...)
	}
	e.Extra = extra
	return e
}

// intervalAt converts bInterval: frames of 1 ms at low and full speed (a power
// of two of them for isochronous), 2^(n-1) microframes of 125 us above.
func intervalAt(n uint8, t TransferType, from, to Speed) uint8 {
	slow := func(s Speed) bool { return s <= Full }
	switch {
	case n == 0 || slow(from) == slow(to):
		return n
	case t == TypeIsochronous && slow(to):
		return uint8(max(int(n)-3, 1))
	case t == TypeIsochronous:
		return min(n+3, 16)
	case slow(to):
		microframes := 1 << min(n-1, 15)
		return uint8(min(max(microframes/8, 1), 255))
	}
	return uint8(min(bits.Len(uint(n)*8), 16))
}
