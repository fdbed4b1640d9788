package gadget

import (
	"bytes"
	"path"
	"strconv"
	"strings"
)

// FunctionFS tells that a host has enabled an interface, not which alternate
// setting it selected. A probe on the function that selects it does
// (Documentation/trace/kprobetrace.rst).

// probe is where a gadget's probe is in tracefs.
type probe struct {
	root, group, instance string
}

// probeEvent is the name of the event.
const probeEvent = "set_alt"

// newProbe is the probe of a gadget in the tracefs at root.
func newProbe(root, gadget string) probe {
	clean := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}
	group := strings.Map(clean, gadget)
	return probe{root: root, group: group, instance: path.Join(root, "instances", group)}
}

// insert puts the probe into the kernel.
func (p probe) insert(f files) error {
	p.withdraw(f)
	if err := f.Mkdir(p.instance); err != nil {
		return explain("mkdir", p.instance, err)
	}
	at := path.Join(p.root, "kprobe_events")
	def := "p:" + p.group + "/" + probeEvent + " ffs_func_set_alt func=$arg1:x64 interface=$arg2:u32 alt=$arg3:u32\n"
	if err := f.Append(at, def); err != nil {
		p.withdraw(f)
		return explain("append to", at, err)
	}
	// Names of tasks would take another probe, in the scheduler.
	_ = f.Write(path.Join(p.instance, "options", "record-cmd"), "0")
	at = path.Join(p.instance, "events", p.group, probeEvent, "enable")
	if err := f.Write(at, "1"); err != nil {
		p.withdraw(f)
		return explain("write to", at, err)
	}
	return nil
}

// pipe is the file that the records come from.
func (p probe) pipe() string { return path.Join(p.instance, "trace_pipe") }

// withdraw takes it out, also one of a former process. It does what it can: what
// is not there fails.
func (p probe) withdraw(f files) {
	_ = f.Write(path.Join(p.instance, "events", p.group, probeEvent, "enable"), "0")
	_ = f.Remove(p.instance)
	_ = f.Append(path.Join(p.root, "kprobe_events"), "-:"+p.group+"/"+probeEvent+"\n")
}

// selections are the alternate settings that hosts have selected last, by
// interface number.
type selections struct {
	rest []byte // a line that is not whole yet
	last map[uint32]selection
}

type selection struct {
	function uint64 // address of the kernel's function
	setting  uint32
	several  bool // functions of this interface number were seen: not only ours
}

// feed reads records, as trace_pipe gives them.
func (s *selections) feed(b []byte) {
	s.rest = append(s.rest, b...)
	for {
		line, rest, ok := bytes.Cut(s.rest, []byte{'\n'})
		if !ok {
			break
		}
		s.line(string(line))
		s.rest = s.rest[len(s.rest)-len(rest):]
	}
	if len(s.rest) > 4096 { // no record of ours
		s.rest = s.rest[:0]
	}
}

func (s *selections) line(line string) {
	_, values, ok := strings.Cut(line, ": "+probeEvent+": ")
	if !ok {
		return
	}
	field := func(name string, base int) (uint64, bool) {
		_, v, ok := strings.Cut(values, " "+name+"=")
		v, _, _ = strings.Cut(v, " ")
		n, err := strconv.ParseUint(strings.TrimPrefix(v, "0x"), base, 64)
		return n, ok && err == nil
	}
	function, ok1 := field("func", 16)
	number, ok2 := field("interface", 10)
	setting, ok3 := field("alt", 10)
	if !ok1 || !ok2 || !ok3 || number > 0xFF || setting > 0xFF { // -1 disables, in older kernels
		return
	}
	if s.last == nil {
		s.last = map[uint32]selection{}
	}
	old, known := s.last[uint32(number)]
	s.last[uint32(number)] = selection{function, uint32(setting), known && (old.several || old.function != function)}
}

// setting is what the host selected last of an interface, or unknownSetting.
func (s *selections) setting(number uint8) int {
	if v, ok := s.last[uint32(number)]; ok && !v.several {
		return int(v.setting)
	}
	return unknownSetting
}
