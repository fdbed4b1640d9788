package control

import (
	"bytes"
	"errors"
	"testing"
)

func seeds(f *testing.F) {
	for _, b := range vectors(f) {
		f.Add(b)
	}
	for spec := range All() {
		wire, err := spec.Append(nil, spec.Random(seeded(uint64(spec.ID)))...)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
}

// FuzzMessage gives bytes to everything that reads a single message.
func FuzzMessage(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Offset < 0 || at.Offset > int64(len(b)) {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		again, err := m.AppendTo(nil)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("parsed message is written differently: %x, %v", again, err)
		}
		n := 0
		for p := range m.Params.All() {
			n++
			readAll(p)
		}
		if n != m.Params.Len() {
			t.Fatalf("%d parameters iterated, %d counted", n, m.Params.Len())
		}
		d, err := Decode(m)
		refused := err != nil
		again, err = d.AppendTo(nil)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("decoded message is written differently: %x, %v", again, err)
		}
		for _, finding := range Validate(m, FromDevice) {
			if finding.Offset < 0 || finding.Offset > len(b) || finding.String() == "" {
				t.Fatalf("finding without a place: %v", finding)
			}
			refused = refused && finding.Kind != MalformedGroup
		}
		if refused {
			t.Fatal("refused by Decode, not by Validate")
		}
		if len(Dense(m)) == 0 || len(Indented(m)) == 0 {
			t.Fatal("nothing printed")
		}
		for _, r := range CheckIdentification(m, USBHostTransport) {
			if r.Reason == "" {
				t.Fatal("rejection without a reason")
			}
		}
	})
}

// readAll reads a parameter in every way; none may panic.
func readAll(p Param) {
	_, _ = p.Uint8()
	_, _ = p.Uint16()
	_, _ = p.Uint32()
	_, _ = p.Uint64()
	_, _ = p.Int8()
	_, _ = p.Int16()
	_, _ = p.Int64()
	_, _ = p.Uint()
	_, _ = p.Int()
	_, _ = p.Bool()
	_, _ = p.Text()
	_, _ = p.Texts()
	_, _ = p.AppendIDs(nil)
	if g, err := p.Group(); err == nil {
		for inner := range g.All() {
			_ = inner.Flag()
		}
	}
}

// FuzzAssembler cuts a stream at any place: what comes out must not depend on
// the cut, and no byte may be held back or counted twice.
func FuzzAssembler(f *testing.F) {
	for _, b := range vectors(f) {
		f.Add(b, 3)
	}
	f.Add([]byte("\x40\x40\x00\x05\x40\x40\x00\x06\xaa\x05"), 5)
	f.Add([]byte("\xff\x40\x40\x40\x40\x00\x06\xaa\x05\x00\x40"), 2)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole := assemble(b)
		cut = max(0, min(cut, len(b)))
		parts := assemble(b[:cut], b[cut:])
		if !bytes.Equal(whole, parts) {
			t.Fatalf("cut at %d changes the messages:\nwhole %x\nparts %x", cut, whole, parts)
		}
	})
}

// assemble gives the messages and errors of a stream that comes in parts.
func assemble(parts ...[]byte) []byte {
	var a Assembler
	var out []byte
	pushed := 0
	for _, part := range parts {
		a.Push(part)
		pushed += len(part)
		for m, err := range a.Messages() {
			if err != nil {
				out = append(out, err.Error()...)
				continue
			}
			out, _ = m.AppendTo(out)
		}
		if a.Pending() > pushed {
			panic("more pending than pushed")
		}
	}
	return out
}

// FuzzParams reads bare lists, as in a queue list file.
func FuzzParams(f *testing.F) {
	f.Add([]byte("\x00\x08\x00\x00\x00\x04\x00\x01"))
	f.Add([]byte("\x00\x05\x00\x00\x00\x00\x06\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseParams(b)
		if err != nil {
			return
		}
		total := 0
		for p := range list.All() {
			total += ParamHeaderLen + len(p.Value)
			readAll(p)
		}
		if total != len(b) {
			t.Fatalf("%d of %d bytes read", total, len(b))
		}
	})
}
