package hid

// Kind is a kind of report.
type Kind uint8

// The kinds of reports. Input is what the USB device sends.
const (
	Input Kind = iota
	Output
	Feature
)

var kindNames = [...]string{"input", "output", "feature"}

// String names the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// DescribedReport is a report as a descriptor defines it.
type DescribedReport struct {
	Kind Kind
	// ID is 0 where the descriptor has no report ids.
	ID uint8
	// Bits is the size without the id.
	Bits uint64
}

// Descriptor is what this package reads of a HID report descriptor: which
// reports there are and how large.
type Descriptor struct {
	// Reports stand in the order of their first item.
	Reports []DescribedReport
}

// Items of a report descriptor: tag and type, without the two size bits.
// Source: USB Device Class Definition for HID 1.11, section 6.2.2.
const (
	itemInput         = 0x80
	itemOutput        = 0x90
	itemFeature       = 0xB0
	itemCollection    = 0xA0
	itemEndCollection = 0xC0
	itemUsagePage     = 0x04
	itemLogicalMin    = 0x14
	itemLogicalMax    = 0x24
	itemReportSize    = 0x74
	itemReportID      = 0x84
	itemReportCount   = 0x94
	itemPush          = 0xA4
	itemPop           = 0xB4
	itemUsage         = 0x08
	itemLong          = 0xFE // with its size bits
)

// Bounds that no sensible descriptor exceeds.
const (
	maxPush       = 16
	maxReportBits = 8 * 65535
)

// globals are the items that stay in force until changed.
type globals struct {
	size, count uint64
	id          uint8
}

// ParseDescriptor reads a HID report descriptor. Errors are of type *Error and
// wrap ErrDescriptor.
func ParseDescriptor(b []byte) (Descriptor, error) {
	p := parser{}
	for off := 0; off < len(b); {
		n, err := p.item(b, off)
		if err != nil {
			return Descriptor{}, err
		}
		off += n
	}
	if p.depth != 0 {
		return Descriptor{}, malformed(len(b), "open collections", uint64(p.depth))
	}
	return Descriptor{Reports: p.reports}, nil
}

type parser struct {
	globals
	stack   []globals
	depth   int
	reports []DescribedReport
}

func malformed(offset int, field string, value uint64) error {
	return &Error{Offset: offset, Field: field, Value: value, Err: ErrDescriptor}
}

// item reads the item at off and gives its length.
func (p *parser) item(b []byte, off int) (int, error) {
	if b[off] == itemLong {
		if off+2 > len(b)-1 {
			return 0, malformed(off, "long item", uint64(len(b)-off))
		}
		n := 3 + int(b[off+1])
		if off+n > len(b) {
			return 0, malformed(off+1, "long item size", uint64(b[off+1]))
		}
		return n, nil
	}
	size := int(b[off] & 3)
	if size == 3 {
		size = 4
	}
	if off+1+size > len(b) {
		return 0, malformed(off, "item", uint64(b[off]))
	}
	var value uint64
	for i := size; i > 0; i-- {
		value = value<<8 | uint64(b[off+i])
	}
	return 1 + size, p.apply(b[off]&^3, value, off)
}

func (p *parser) apply(item byte, value uint64, off int) error {
	switch item {
	case itemInput:
		return p.add(Input, off)
	case itemOutput:
		return p.add(Output, off)
	case itemFeature:
		return p.add(Feature, off)
	case itemCollection:
		p.depth++
	case itemEndCollection:
		if p.depth--; p.depth < 0 {
			return malformed(off, "end of collection", 0)
		}
	case itemReportSize:
		p.size = value
	case itemReportCount:
		p.count = value
	case itemReportID:
		if value == 0 || value > 0xFF {
			return malformed(off, "report id", value)
		}
		p.id = uint8(value)
	case itemPush:
		if len(p.stack) == maxPush {
			return malformed(off, "push", uint64(len(p.stack)))
		}
		p.stack = append(p.stack, p.globals)
	case itemPop:
		if len(p.stack) == 0 {
			return malformed(off, "pop", 0)
		}
		p.globals, p.stack = p.stack[len(p.stack)-1], p.stack[:len(p.stack)-1]
	}
	return nil
}

// add puts the fields of a main item into their report.
func (p *parser) add(kind Kind, off int) error {
	if p.size > maxReportBits || p.count > maxReportBits || p.size*p.count > maxReportBits {
		return malformed(off, "report bits", p.size*p.count)
	}
	bits := p.size * p.count
	for i := range p.reports {
		if r := &p.reports[i]; r.Kind == kind && r.ID == p.id {
			if r.Bits += bits; r.Bits > maxReportBits {
				return malformed(off, "report bits", r.Bits)
			}
			return nil
		}
	}
	p.reports = append(p.reports, DescribedReport{Kind: kind, ID: p.id, Bits: bits})
	return nil
}

// Layout takes the reports for the carriage of link packets. It fails with
// ErrLayout where they cannot carry any.
func (d Descriptor) Layout() (Layout, error) {
	var l Layout
	for _, r := range d.Reports {
		one := Report{ID: r.ID, Len: int(r.Bits / 8)}
		switch r.Kind {
		case Input:
			l.Input = append(l.Input, one)
		case Output:
			l.Output = append(l.Output, one)
		}
	}
	l.Input, l.Output = sorted(l.Input), sorted(l.Output)
	return l, l.Check()
}

// AppendDescriptor appends the report descriptor of an iPhone with these
// reports: one vendor-defined collection, bytes throughout. For HighSpeed the
// bytes are those captured from a device; that other layouts look alike is
// inferred.
//
// Source: oandrew/ipod-gadget.
func (l Layout) AppendDescriptor(dst []byte) []byte {
	const usage1 = itemUsage | 1
	dst = append(dst,
		itemUsagePage|2, 0x00, 0xFF, // vendor defined
		usage1, 1,
		itemCollection|1, 1, // application
		itemReportSize|1, 8,
		itemLogicalMax|2, 0x80, 0x00,
		itemLogicalMin|1, 0)
	for _, r := range l.Input {
		dst = r.appendItems(dst, itemInput)
	}
	for _, r := range l.Output {
		dst = r.appendItems(dst, itemOutput)
	}
	return append(dst, itemEndCollection)
}

func (r Report) appendItems(dst []byte, item byte) []byte {
	dst = append(dst, itemUsage|1, 1, itemReportID|1, r.ID)
	if r.Len > 0xFF {
		dst = append(dst, itemReportCount|2, byte(r.Len), byte(r.Len>>8))
	} else {
		dst = append(dst, itemReportCount|1, byte(r.Len))
	}
	return append(dst, item|2, 0x02, 0x01) // variable, buffered bytes
}
