package hid

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fragments collects the reports of a packet.
func fragments(reports Reports, packet []byte) (list [][]byte) {
	f := NewFragmenter(reports, packet)
	for {
		report, ok := f.Next(nil)
		if !ok {
			return list
		}
		list = append(list, report)
	}
}

// linkPacket makes bytes that look like a link packet of this length.
func linkPacket(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	if n >= 4 {
		b[0], b[1], b[2], b[3] = 0xFF, 0x5A, byte(n>>8), byte(n)
	}
	return b
}

func TestPacketThatFitsOneReport(t *testing.T) {
	marker := vector(t, "detect-marker")
	list := fragments(HighSpeed().Input, marker)
	require.Len(t, list, 1)
	assert.Equal(t, []byte{2, 0x00, 0xFF, 0x55, 0x02, 0x00, 0xEE, 0x10, 0, 0}, list[0], "report 2, link control 0, 6 bytes, 2 of padding")

	a := NewReassembler(HighSpeed().Input)
	packet, err := a.Push(list[0])
	require.NoError(t, err)
	assert.Equal(t, marker, packet, "without the padding")
}

func TestLinkVectorsThroughReports(t *testing.T) {
	for _, name := range []string{"detect-marker", "detect-negative", "link-ack-seed", "link-aa00-seed-corrected", "link-syn-dji-goggles",
		"link-syn-carkit", "link-rst", "link-eak", "link-syn-wiomoc-combined"} {
		for _, reports := range []Reports{HighSpeed().Input, HighSpeed().Output, FullSpeed().Input, FullSpeed().Output} {
			packet := vector(t, name)
			a := NewReassembler(reports)
			list := fragments(reports, packet)
			require.Len(t, list, 1, name)
			got, err := a.Push(list[0])
			require.NoError(t, err, name)
			assert.Equal(t, packet, got, name)
		}
	}
}

func TestLinkControlOfLongPackets(t *testing.T) {
	for _, c := range []struct {
		reports  Reports
		length   int
		ids      []byte
		controls []byte
	}{
		{HighSpeed().Output, 254, []byte{21}, []byte{0}},
		{HighSpeed().Output, 255, []byte{21, 13}, []byte{2, 1}},
		{HighSpeed().Output, 508, []byte{21, 21}, []byte{2, 1}},
		{HighSpeed().Output, 509, []byte{21, 21, 13}, []byte{2, 3, 1}},
		{HighSpeed().Output, 627, []byte{21, 21, 20}, []byte{2, 3, 1}}, // AA01 with a 607-byte certificate
		{HighSpeed().Input, 767, []byte{12, 1}, []byte{2, 1}},
		{FullSpeed().Input, 200, []byte{4, 4, 4, 3}, []byte{2, 3, 3, 1}},
	} {
		var ids, controls []byte
		for _, report := range fragments(c.reports, linkPacket(c.length)) {
			ids, controls = append(ids, report[0]), append(controls, report[1])
			kind, ok := c.reports.Find(report[0])
			require.True(t, ok)
			assert.Len(t, report, kind.Size(), "padded")
		}
		assert.Equal(t, c.ids, ids, "%d bytes", c.length)
		assert.Equal(t, c.controls, controls, "%d bytes", c.length)
	}
	assert.Empty(t, fragments(HighSpeed().Input, nil), "an empty packet has no report")
}

func TestEveryPacketArrives(t *testing.T) {
	layouts := []Reports{HighSpeed().Input, HighSpeed().Output, FullSpeed().Input, FullSpeed().Output}
	rapid.Check(t, func(t *rapid.T) {
		reports := rapid.SampledFrom(layouts).Draw(t, "reports")
		a := NewReassembler(reports)
		for _, n := range rapid.SliceOfN(rapid.IntRange(9, 3000), 1, 5).Draw(t, "lengths") {
			packet := linkPacket(n)
			list := fragments(reports, packet)
			for i, report := range list {
				got, err := a.Push(report)
				require.NoError(t, err)
				if i < len(list)-1 {
					require.Nil(t, got)
					require.True(t, a.Open())
					continue
				}
				require.True(t, bytes.Equal(packet, got))
				require.False(t, a.Open())
			}
		}
	})
}

func TestLongestPacket(t *testing.T) {
	packet := linkPacket(0xFFFF)
	a := NewReassembler(HighSpeed().Output)
	var got []byte
	for _, report := range fragments(HighSpeed().Output, packet) {
		var err error
		got, err = a.Push(report)
		require.NoError(t, err)
	}
	assert.Equal(t, packet, got)
}

func TestRefusedReports(t *testing.T) {
	for _, c := range []struct {
		name   string
		report []byte
		want   Error
	}{
		{"nothing", nil, Error{Field: "report size", Err: ErrEmptyReport}},
		{"id alone", []byte{1}, Error{Offset: 1, Field: "report size", Value: 1, Err: ErrEmptyReport}},
		{"unknown id", []byte{99, 0, 1, 2, 3, 4}, Error{Field: "report id", Value: 99, Err: ErrReportID}},
		{"id of the other direction", make([]byte, 6), Error{Field: "report id", Err: ErrReportID}},
		{"too short", []byte{1, 0, 1, 2, 3}, Error{Offset: 5, Field: "report size", Value: 5, Err: ErrReportSize}},
		{"too long", []byte{1, 0, 1, 2, 3, 4, 5}, Error{Offset: 7, Field: "report size", Value: 7, Err: ErrReportSize}},
		{"link control 4", []byte{1, 4, 1, 2, 3, 4}, Error{Offset: 1, Field: "link control", Value: 4, Err: ErrControl}},
		{"continuation of nothing", []byte{1, 1, 1, 2, 3, 4}, Error{Offset: 1, Field: "link control", Value: 1, Err: ErrContinuation}},
		{"middle of nothing", []byte{1, 3, 1, 2, 3, 4}, Error{Offset: 1, Field: "link control", Value: 3, Err: ErrContinuation}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := NewReassembler(HighSpeed().Input)
			packet, err := a.Push(c.report)
			assert.Nil(t, packet)
			assert.Equal(t, &c.want, err)
			require.ErrorIs(t, err, c.want.Err)

			// The next packet comes through.
			packet, err = a.Push(fragments(HighSpeed().Input, vector(t, "detect-marker"))[0])
			require.NoError(t, err)
			assert.Equal(t, vector(t, "detect-marker"), packet)
		})
	}
}

func TestPacketInsideAnother(t *testing.T) {
	a := NewReassembler(HighSpeed().Output)
	first := fragments(HighSpeed().Output, linkPacket(300))
	_, err := a.Push(first[0])
	require.NoError(t, err)
	marker := vector(t, "detect-marker")
	packet, err := a.Push(fragments(HighSpeed().Output, marker)[0])
	require.ErrorIs(t, err, ErrUnfinished)
	assert.Equal(t, marker, packet, "the new packet is taken")
	_, err = a.Push(first[1])
	require.ErrorIs(t, err, ErrContinuation, "the rest of the old one is not")
}

func TestFaultInsideAPacketDropsIt(t *testing.T) {
	a := NewReassembler(HighSpeed().Output)
	list := fragments(HighSpeed().Output, linkPacket(600))
	_, err := a.Push(list[0])
	require.NoError(t, err)
	_, err = a.Push(list[1][:10])
	require.ErrorIs(t, err, ErrReportSize)
	_, err = a.Push(list[2])
	require.ErrorIs(t, err, ErrContinuation)
}

func TestResetForgetsThePacket(t *testing.T) {
	a := NewReassembler(HighSpeed().Output)
	list := fragments(HighSpeed().Output, linkPacket(300))
	_, err := a.Push(list[0])
	require.NoError(t, err)
	a.Reset()
	assert.False(t, a.Open())
	_, err = a.Push(list[1])
	require.ErrorIs(t, err, ErrContinuation)
}

func TestPacketsWithoutEnd(t *testing.T) {
	a := NewReassembler(HighSpeed().Output)
	begin := append([]byte{21, ControlMore}, make([]byte, 254)...)
	more := append([]byte{21, ControlMore | ControlContinued}, make([]byte, 254)...)
	_, err := a.Push(begin)
	n := 254
	for err == nil && n < 1<<20 {
		_, err = a.Push(more)
		n += 254
	}
	require.ErrorIs(t, err, ErrPacketSize)
	assert.Equal(t, 259*254, n, "the first sum beyond 65535")
	assert.False(t, a.Open())
}

func TestPacketLen(t *testing.T) {
	pad := func(b []byte, n int) []byte { return append(slices.Clone(b), make([]byte, n)...) }
	for _, c := range []struct {
		name string
		in   []byte
		want int
	}{
		{"link packet", pad(linkPacket(20), 4), 20},
		{"link packet without padding", linkPacket(20), 20},
		{"marker", pad(vector(t, "detect-marker"), 2), 6},
		{"negative answer", pad(vector(t, "detect-negative"), 1), 8},
		{"longer than what is there", []byte{0xFF, 0x5A, 0, 99, 0, 0}, 6},
		{"impossibly short", []byte{0xFF, 0x5A, 0, 3, 0, 0}, 6},
		{"cut inside the length", []byte{0xFF, 0x5A, 0}, 3},
		{"marker with length 0", []byte{0xFF, 0x55, 0, 1, 2, 3}, 6},
		{"marker longer than what is there", []byte{0xFF, 0x55, 9, 1, 2, 3}, 6},
		{"something else", []byte{1, 2, 3, 0, 0}, 5},
		{"nothing", nil, 0},
	} {
		assert.Equal(t, c.want, PacketLen(c.in), c.name)
	}
}

func FuzzReassembler(f *testing.F) {
	for _, name := range []string{"detect-marker", "link-syn-carkit"} {
		for _, report := range fragments(FullSpeed().Input, vector(f, name)) {
			f.Add(report)
		}
	}
	f.Add(slices.Concat(fragments(FullSpeed().Input, linkPacket(200))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		a := NewReassembler(FullSpeed().Input)
		for len(b) > 0 {
			n := 1
			if r, ok := a.reports.Find(b[0]); ok {
				n = min(r.Size(), len(b))
			}
			packet, err := a.Push(b[:n])
			b = b[n:]
			if err == nil && packet == nil && !a.Open() {
				t.Fatal("a report vanished")
			}
			if len(packet) > maxPacket+a.reports.Largest() || len(a.packet) > maxPacket+a.reports.Largest() {
				t.Fatalf("packet of %d bytes", len(packet))
			}
		}
	})
}

func FuzzParseDescriptor(f *testing.F) {
	f.Add(vector(f, "usb-hid-report-descriptor-hs"))
	f.Add(vector(f, "hid-media-descriptor"))
	f.Add([]byte{0xFE, 2, 0x10, 0xAA, 0xBB, 0xA4, 0x75, 8, 0x95, 1, 0x81, 2, 0xB4})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDescriptor(b)
		if err != nil {
			return
		}
		l, err := d.Layout()
		if err != nil {
			return
		}
		again, err := ParseDescriptor(l.AppendDescriptor(nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Layout(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCarriageDoesNotAllocate(t *testing.T) {
	l := HighSpeed()
	packet := linkPacket(2000)
	buf := make([]byte, 0, 1024)
	a := NewReassembler(l.Input)
	carry := func() {
		f := NewFragmenter(l.Input, packet)
		for {
			report, ok := f.Next(buf)
			if !ok {
				break
			}
			if _, err := a.Push(report); err != nil {
				t.Fatal(err)
			}
		}
	}
	carry()
	assert.Zero(t, testing.AllocsPerRun(100, carry))
}

func BenchmarkCarriage(b *testing.B) {
	l := HighSpeed()
	packet := linkPacket(2000)
	buf := make([]byte, 0, 1024)
	a := NewReassembler(l.Input)
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		f := NewFragmenter(l.Input, packet)
		for {
			report, ok := f.Next(buf)
			if !ok {
				break
			}
			if _, err := a.Push(report); err != nil {
				b.Fatal(err)
			}
		}
	}
}
