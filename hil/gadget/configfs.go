package gadget

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/plugfest/plugfest/sim/usb"
)

// configRoot is where gadgets are made; configfs is mounted at the directory
// above.
const configRoot = "/sys/kernel/config/usb_gadget"

// step is one change of configfs.
type step struct {
	op   string // "mkdir", "write" or "link"
	path string // below the gadget's directory
	data string // of write; the target of link
}

func (s step) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", s.op, s.path, s.data))
}

// steps make the gadget, but for binding it. The functions are there after the
// last mkdir of functions/; what follows binds them to configurations, in the
// order that gives the interfaces their numbers.
func (p *plan) steps() []step {
	d := &p.desc.Device
	list := []step{
		{"write", "bcdUSB", fmt.Sprintf("0x%04x", d.USB)},
		{"write", "bDeviceClass", fmt.Sprintf("0x%02x", d.Class)},
		{"write", "bDeviceSubClass", fmt.Sprintf("0x%02x", d.SubClass)},
		{"write", "bDeviceProtocol", fmt.Sprintf("0x%02x", d.Protocol)},
		{"write", "bMaxPacketSize0", fmt.Sprintf("0x%02x", d.MaxPacketSize0)},
		{"write", "idVendor", fmt.Sprintf("0x%04x", d.VendorID)},
		{"write", "idProduct", fmt.Sprintf("0x%04x", d.ProductID)},
		{"write", "bcdDevice", fmt.Sprintf("0x%04x", d.Release)},
	}
	if p.limit {
		list = append(list, step{"write", "max_speed", speedNames[p.speed]})
	}
	for _, t := range p.desc.Strings {
		dir := fmt.Sprintf("strings/0x%x", t.Language)
		list = append(list, step{"mkdir", dir, ""})
		list = appendText(list, dir+"/manufacturer", t, d.Manufacturer)
		list = appendText(list, dir+"/product", t, d.Product)
		list = appendText(list, dir+"/serialnumber", t, d.SerialNumber)
	}
	for i := range p.functions {
		list = append(list, step{"mkdir", "functions/" + p.instance(i), ""})
	}
	for _, c := range p.configs {
		dir := fmt.Sprintf("configs/c.%d", c.Value)
		list = append(list, step{"mkdir", dir, ""},
			step{"write", dir + "/bmAttributes", fmt.Sprintf("0x%02x", c.Attributes|usb.AttrReserved)},
			step{"write", dir + "/MaxPower", fmt.Sprint(p.milliamperes(c))})
		for _, t := range p.desc.Strings {
			if t.Text[c.String] == "" {
				continue
			}
			lang := fmt.Sprintf("%s/strings/0x%x", dir, t.Language)
			list = append(list, step{"mkdir", lang, ""})
			list = appendText(list, lang+"/configuration", t, c.String)
		}
		for i := c.first; i < c.end; i++ {
			list = append(list, step{"link", fmt.Sprintf("%s/%s", dir, p.instance(i)), "functions/" + p.instance(i)})
		}
	}
	return list
}

func appendText(list []step, path string, t usb.StringTable, number uint8) []step {
	if s := cString(t.Text[number]); s != "" {
		list = append(list, step{"write", path, s})
	}
	return list
}

// milliamperes of a configuration: it counts 2 mA, and 8 mA at SuperSpeed.
func (p *plan) milliamperes(c config) int {
	unit := 2
	if p.desc.MaxSpeed() == usb.Super {
		unit = 8
	}
	return int(c.MaxPower) * unit
}

// source is the name of a FunctionFS instance, by which it is mounted. The kernel
// has one list of them for all gadgets, and names of up to 40 bytes.
func (p *plan) source(i int) string {
	name := p.udc
	if len(name) > 24 {
		name = fmt.Sprintf("%s~%08x", name[:15], sum(name))
	}
	return fmt.Sprintf("pf%d.%s", i, name)
}

// sum is FNV-1a.
func sum(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func (p *plan) instance(i int) string { return "ffs." + p.source(i) }

// gadgetPrefix begins the names of our gadgets; the controller's follows, as it
// carries one gadget at a time.
const gadgetPrefix = "plugfest."

// build makes a gadget.
func build(f files, p *plan) error {
	dir := path.Join(configRoot, p.gadget)
	for _, s := range p.steps() {
		at := path.Join(dir, s.path)
		var err error
		switch s.op {
		case "mkdir":
			err = f.Mkdir(at)
		case "write":
			err = f.Write(at, s.data)
		case "link":
			err = f.Symlink(path.Join(dir, s.data), at)
		}
		if err != nil {
			return explain(s.op, at, err)
		}
	}
	return nil
}

// bind shows the gadget to the host: the pull-up goes on.
func bind(f files, gadget, udc string) error {
	at := path.Join(configRoot, gadget, "UDC")
	return explain("write "+udc+" to", at, f.Write(at, udc))
}

// unbind takes it away from the host.
func unbind(f files, gadget string) error {
	at := path.Join(configRoot, gadget, "UDC")
	err := f.Write(at, "\n")
	if errors.Is(err, syscall.ENODEV) {
		return nil // it was not bound
	}
	return explain("write to", at, err)
}

// demolish removes a gadget and all that belongs to it, however far it was built
// and whoever built it.
func demolish(f files, gadget string) error {
	d := demolition{f: f}
	dir := path.Join(configRoot, gadget)
	for _, c := range d.list(dir, "configs") {
		for _, name := range d.list(c) {
			switch path.Base(name) {
			case "strings", "bmAttributes", "MaxPower":
			default:
				d.remove(name) // links to functions
			}
		}
		d.removeAll(d.list(c, "strings"))
		d.remove(c)
	}
	d.removeAll(d.list(dir, "functions"))
	d.removeAll(d.list(dir, "strings"))
	d.remove(dir)
	return d.err
}

// demolition keeps the first error, and goes on.
type demolition struct {
	f   files
	err error
}

func (d *demolition) list(elements ...string) []string {
	dir := path.Join(elements...)
	names, err := d.f.List(dir)
	d.keep("list", dir, err)
	for i, n := range names {
		names[i] = path.Join(dir, n)
	}
	return names
}

func (d *demolition) remove(at string) { d.keep("remove", at, d.f.Remove(at)) }

func (d *demolition) removeAll(list []string) {
	for _, at := range list {
		d.remove(at)
	}
}

func (d *demolition) keep(op, at string, err error) {
	if d.err == nil && !errors.Is(err, fs.ErrNotExist) {
		d.err = explain(op, at, err)
	}
}
