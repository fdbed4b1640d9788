package usb

import (
	"bytes"
	"errors"
)

// maxConfigs is how many configurations a host reads, as Linux does.
const maxConfigs = 8

// enumerate is the host's process for a new device. The order of requests is
// that of Linux: usb/core/hub.c and config.c, as seen from outside.
func (r *remote) enumerate() {
	host := &r.plug.enumeration
	if !r.pause(host.Debounce) {
		return
	}
	var err error
	attempts := r.c.opt.Attempts
	for try := range attempts {
		// The second half of the attempts gives the address first, for devices
		// that cannot be asked without.
		if err = r.address0(try < (attempts+1)/2 && !host.AddressFirst); err == nil {
			err = r.describe()
		}
		if r.gone {
			return
		}
		if err == nil {
			r.announce()
			return
		}
	}
	r.tap().Failed(r.address, err.Error())
}

func (r *remote) announce() {
	d := &r.desc.Device
	r.info.Address, r.info.Speed, r.info.Device = r.address, r.speed, *d
	r.announced = true
	r.tap().Enumerated(r.address, r.speed, d)
	r.plug.announcer.Announce(Event{Attached, r.info})
}

var errShortDescriptor = errors.New("usb: device gave less than a descriptor")

// address0 resets the device and gives it a new address.
func (r *remote) address0(ask bool) error {
	if !r.resetAndWait() {
		return Disconnected
	}
	if ask {
		var b [64]byte
		n, err := r.request(getDescriptor(DescDevice, 0, 0), b[:])
		if err != nil {
			return err
		}
		if n < 8 {
			return errShortDescriptor
		}
		if !r.resetAndWait() {
			return Disconnected
		}
	}
	p := r.plug
	if p.lastAddress++; p.lastAddress > 127 {
		p.lastAddress = 1
	}
	return r.setAddress(p.lastAddress)
}

func (r *remote) setAddress(a uint8) error {
	if _, err := r.request(Setup{Request: ReqSetAddress, Value: uint16(a)}, nil); err != nil {
		return err
	}
	r.address = a
	if !r.pause(r.plug.enumeration.Recovery) {
		return Disconnected
	}
	return nil
}

func (r *remote) resetAndWait() bool {
	r.reset()
	return r.pause(r.plug.enumeration.ResetTime) && r.pause(r.plug.enumeration.Recovery)
}

func getDescriptor(kind, index uint8, language uint16) Setup {
	return Setup{RequestType: DirIn, Request: ReqGetDescriptor, Value: uint16(kind)<<8 | uint16(index), Index: language}
}

// describe reads the descriptors.
func (r *remote) describe() error {
	d := Descriptors{Speed: r.speed}
	r.raw = nil
	dev, err := r.readDevice()
	if err != nil {
		return err
	}
	d.Device = dev
	if dev.USB >= 0x0201 {
		d.BOS = r.readBOS()
	}
	if r.speed == Full && dev.USB >= 0x0200 {
		var b [10]byte
		r.request(getDescriptor(DescDeviceQualifier, 0, 0), b[:]) // only a warning comes of it
	}
	for i := range min(dev.Configurations, maxConfigs) {
		b, err := r.readWhole(DescConfiguration, i, 9)
		if err != nil {
			return err
		}
		c, err := ParseConfig(b)
		if err != nil && len(c.Interfaces) == 0 && c.Value == 0 {
			return err
		}
		d.Configs = append(d.Configs, c)
		r.raw = append(r.raw, b)
	}
	r.desc = d
	r.readLanguages()
	for _, n := range []uint8{dev.Product, dev.Manufacturer, dev.SerialNumber} {
		r.readText(n)
	}
	if r.gone {
		return Disconnected
	}
	return nil
}

func (r *remote) readDevice() (DeviceDescriptor, error) {
	var b [18]byte
	n, err := r.request(getDescriptor(DescDevice, 0, 0), b[:])
	if err != nil {
		return DeviceDescriptor{}, err
	}
	return ParseDevice(b[:n])
}

func (r *remote) readBOS() []byte {
	b, err := r.readWhole(DescBOS, 0, 5)
	if err != nil {
		return nil
	}
	return b
}

// readWhole reads a descriptor's head, which has the length of the whole in its
// third and fourth byte, and then the whole.
func (r *remote) readWhole(kind, index uint8, head int) ([]byte, error) {
	b := make([]byte, head)
	n, err := r.request(getDescriptor(kind, index, 0), b)
	if err != nil {
		return nil, err
	}
	if n < 4 {
		return nil, errShortDescriptor
	}
	b = make([]byte, max(int(b[2])|int(b[3])<<8, head))
	n, err = r.request(getDescriptor(kind, index, 0), b)
	return b[:n], err
}

func (r *remote) readLanguages() {
	var b [255]byte
	n, err := r.request(getDescriptor(DescString, 0, 0), b[:])
	if err != nil {
		return
	}
	if list, err := ParseLanguages(b[:n]); err == nil && len(list) > 0 {
		r.desc.Strings = []StringTable{{Language: list[0], Text: map[uint8]string{}}}
	}
}

// readText reads a string in the device's first language, once.
func (r *remote) readText(number uint8) {
	if number == 0 || len(r.desc.Strings) == 0 || r.gone {
		return
	}
	t := r.desc.Strings[0]
	if _, ok := t.Text[number]; ok {
		return
	}
	var b [255]byte
	n, err := r.request(getDescriptor(DescString, number, t.Language), b[:])
	if err != nil {
		return
	}
	if s, err := ParseString(b[:n]); err == nil {
		t.Text[number] = s
	}
}

// readConfigTexts reads the names of a configuration and of its interfaces.
func (r *remote) readConfigTexts(c *ConfigDescriptor) {
	r.readText(c.String)
	for i := range c.Interfaces {
		for j := range c.Interfaces[i].Alternates {
			r.readText(c.Interfaces[i].Alternates[j].String)
		}
	}
}

// revive resets the device and puts it back as it was.
func (r *remote) revive() error {
	address := r.address
	r.resetting = true
	err := r.restore(address)
	r.resetting = false
	if err == nil || r.gone {
		if r.gone {
			return Disconnected
		}
		return nil
	}
	r.disconnect()
	r.c.update()
	return Disconnected
}

var errChanged = errors.New("usb: device has other descriptors after its reset")

func (r *remote) restore(address uint8) error {
	if !r.resetAndWait() {
		return Disconnected
	}
	if err := r.setAddress(address); err != nil {
		return err
	}
	dev, err := r.readDevice()
	if err != nil {
		return err
	}
	if dev != r.desc.Device {
		return errChanged
	}
	for i := range r.raw {
		b, err := r.readWhole(DescConfiguration, uint8(i), 9)
		if err != nil {
			return err
		}
		if !bytes.Equal(b, r.raw[i]) {
			return errChanged
		}
	}
	if r.config == 0 {
		return nil
	}
	if _, err := r.request(Setup{Request: ReqSetConfiguration, Value: uint16(r.config)}, nil); err != nil {
		return err
	}
	for number, setting := range r.alts {
		if setting == 0 {
			continue
		}
		s := Setup{RequestType: ToInterface, Request: ReqSetInterface, Value: uint16(setting), Index: uint16(number)}
		if _, err := r.request(s, nil); err != nil {
			return err
		}
	}
	return nil
}
