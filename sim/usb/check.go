package usb

import "fmt"

// Check reports what no carrier can carry: no configuration, configurations of
// the same value or of value 0, an endpoint twice among the settings in force
// at one time, a description longer than its length field.
func (d *Descriptors) Check() error {
	if len(d.Configs) == 0 {
		return fmt.Errorf("usb: descriptors have no configuration; a device has one at least")
	}
	seen := map[uint8]bool{}
	for i := range d.Configs {
		c := &d.Configs[i]
		if c.Value == 0 || seen[c.Value] {
			return fmt.Errorf("usb: configuration %d has bConfigurationValue %d; want a value of its own above 0", i, c.Value)
		}
		seen[c.Value] = true
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *ConfigDescriptor) check() error {
	if n := len(c.AppendTo(nil)); n > 0xFFFF {
		return fmt.Errorf("usb: configuration %d has %d bytes; wTotalLength holds 65535", c.Value, n)
	}
	var owner [32]int // interface number + 1
	for _, f := range c.Interfaces {
		settings := map[uint8]bool{}
		for _, a := range f.Alternates {
			if settings[a.Setting] {
				return fmt.Errorf("usb: configuration %d: interface %d has setting %d twice", c.Value, f.Number, a.Setting)
			}
			settings[a.Setting] = true
			for _, e := range a.Endpoints {
				k := epIndex(e.Address)
				if e.Address&0x0F == 0 || e.Address&0x70 != 0 {
					return fmt.Errorf("usb: configuration %d: interface %d has an endpoint of address %02X", c.Value, f.Number, e.Address)
				}
				if owner[k] != 0 && owner[k] != int(f.Number)+1 {
					return fmt.Errorf("usb: configuration %d: interfaces %d and %d both have endpoint %02X", c.Value, owner[k]-1, f.Number, e.Address)
				}
				owner[k] = int(f.Number) + 1
			}
		}
	}
	return nil
}
