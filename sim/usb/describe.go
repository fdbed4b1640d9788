package usb

func (g *Gadget) getDescriptor(s Setup) ([]byte, bool) {
	kind, index := s.Value>>8, int(s.Value&0xFF)
	b := g.scratch[:0]
	defer func() { g.scratch = b[:0] }()
	switch kind {
	case DescString:
		var ok bool
		b, ok = g.appendText(b, uint8(index), s.Index)
		return b, ok
	case DescConfiguration:
		if index >= len(g.desc.Configs) {
			return nil, false
		}
		b = g.desc.Configs[index].AppendTo(b)
		return b, true
	case DescOtherSpeed:
		other := g.otherSpeed()
		if other == nil || index >= len(other.Configs) {
			return nil, false
		}
		b = other.Configs[index].appendAs(b, DescOtherSpeed)
		return b, true
	}
	if index != 0 {
		return nil, false
	}
	switch kind {
	case DescDevice:
		b = g.desc.Device.AppendTo(b)
		return b, true
	case DescDeviceQualifier:
		other := g.otherSpeed()
		if other == nil {
			return nil, false
		}
		b = other.Device.appendQualifier(b)
		return b, true
	case DescBOS:
		if g.desc.Device.USB < 0x0201 || len(g.desc.BOS) == 0 {
			return nil, false
		}
		b = append(b, g.desc.BOS...)
		return b, true
	}
	return nil, false
}

// otherSpeed returns the descriptors at full speed where the device runs at
// high speed, and the other way round; nil where there is only one of them, and
// at SuperSpeed.
func (g *Gadget) otherSpeed() *Descriptors {
	switch {
	case g.base.MaxSpeed() < High || g.base.Device.USB < 0x0200:
		return nil
	case g.speed == High:
		return g.base.At(Full)
	case g.speed == Full:
		return g.base.At(High)
	}
	return nil
}

// msOSString is the string that Windows asks every device for, in no language.
const msOSString = 0xEE

func (g *Gadget) appendText(b []byte, n uint8, language uint16) ([]byte, bool) {
	if len(g.desc.Strings) == 0 {
		return b, false
	}
	if n == 0 {
		return appendLanguages(b, g.desc.Strings), true
	}
	for _, t := range g.desc.Strings {
		text, ok := t.Text[n]
		if !ok || t.Language != language && n != msOSString {
			continue
		}
		b, err := AppendString(b, text)
		return b, err == nil
	}
	return b, false
}
