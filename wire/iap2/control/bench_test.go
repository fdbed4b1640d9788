package control

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The steady path of a receiver: cut the stream, look at every parameter.
func receive(a *Assembler, packet []byte) (sum int) {
	a.Push(packet)
	for m, err := range a.Messages() {
		if err != nil {
			return -1
		}
		for p := range m.Params.All() {
			sum += int(p.ID) + len(p.Value)
		}
	}
	return sum
}

// The steady path of a sender.
func send(buf []byte) ([]byte, error) {
	var b Builder
	return b.Begin(buf, MsgNowPlayingUpdate).
		Open(0).Text(1, "Tiny Dancer").Uint32(4, 377000).Close().
		Open(1).Uint8(0, 1).Uint32(1, 1000).Close().
		Finish()
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	packet := vector(t, "4155-worked-example")
	var a Assembler
	require.Positive(t, receive(&a, packet))
	assert.Zero(t, testing.AllocsPerRun(100, func() { receive(&a, packet) }), "receiving")

	assert.Zero(t, testing.AllocsPerRun(100, func() {
		m, err := Parse(packet)
		if err != nil {
			t.Fatal(err)
		}
		for p := range m.Params.Each(2) {
			if status, err := p.Uint8(); err != nil || status != 2 {
				t.Fatal(status, err)
			}
		}
		if name, err := m.Params.Find(1).TextBytes(); err != nil || string(name) != "Jenny" {
			t.Fatal(name, err)
		}
	}), "reading")

	var list Builder
	flags, err := list.Begin(nil, MsgIdentificationInformation).IDs(6, 1, 2, 3).Finish()
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		m, _ := Parse(flags)
		ids, err := m.Params.Find(6).IDs()
		sum := 0
		for id := range ids.All() {
			sum += int(id)
		}
		if err != nil || sum != 6 {
			t.Fatal(sum, err)
		}
	}), "packed lists")

	buf := make([]byte, 0, 256)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := send(buf[:0]); err != nil {
			t.Fatal(err)
		}
	}), "building")

	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if Lookup(0x5001) == nil || ByName("NowPlayingUpdate") == nil || Name(0x5001) == "" {
			t.Fatal("missing")
		}
	}), "looking up")
}

func BenchmarkAssembler(b *testing.B) {
	packet := vector(b, "4155-worked-example")
	var a Assembler
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		receive(&a, packet)
	}
}

func BenchmarkParse(b *testing.B) {
	wire := vector(b, "4155-worked-example")
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(wire); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuilder(b *testing.B) {
	buf, err := send(nil)
	require.NoError(b, err)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = send(buf[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkIdentification(b *testing.B, run func(m Message)) {
	m := identification(b, wiredCarPlay...)
	b.SetBytes(int64(m.Len()))
	b.ReportAllocs()
	for b.Loop() {
		run(m)
	}
}

func BenchmarkDecode(b *testing.B) {
	benchmarkIdentification(b, func(m Message) { _, _ = Decode(m) })
}

func BenchmarkValidate(b *testing.B) {
	benchmarkIdentification(b, func(m Message) { Validate(m, FromAccessory) })
}

func BenchmarkCheckIdentification(b *testing.B) {
	benchmarkIdentification(b, func(m Message) { CheckIdentification(m, USBHostTransport) })
}

func BenchmarkDense(b *testing.B) {
	var line []byte
	benchmarkIdentification(b, func(m Message) { line = AppendDense(line[:0], m) })
}

func BenchmarkBuild(b *testing.B) {
	var buf []byte
	spec := ByName("IdentificationInformation")
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = spec.Append(buf[:0], wiredCarPlay...)
	}
	b.SetBytes(int64(len(buf)))
}
