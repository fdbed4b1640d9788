package mfi_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
)

// write and read are single transactions, each with a STOP.
func write(bytes ...byte) i2ctest.IO { return i2ctest.IO{Addr: 0x10, W: bytes} }
func read(bytes ...byte) i2ctest.IO  { return i2ctest.IO{Addr: 0x10, R: bytes} }

// get is a pointer write and a read.
func get(reg byte, bytes ...byte) []i2ctest.IO { return []i2ctest.IO{write(reg), read(bytes...)} }

func describe(addr uint16, w, r []byte) string {
	switch {
	case len(w) > 0 && len(r) > 0:
		return fmt.Sprintf("%02X W % X Sr R %d", addr, w, len(r))
	case len(r) > 0:
		return fmt.Sprintf("%02X R %d", addr, len(r))
	}
	return fmt.Sprintf("%02X W % X", addr, w)
}

func sequence(parts ...[]i2ctest.IO) (all []i2ctest.IO) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func openSequence(g mfi.Generation) []i2ctest.IO {
	if g == mfi.Gen20 {
		return sequence(get(0x00, 0x05), get(0x02, 0x02))
	}
	return sequence(get(0x00, 0x07), get(0x02, 0x03))
}

// numbers is n bytes that count up from first.
func numbers(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

// The sequences of HomeKitADK, byte for byte.
func TestSequences(t *testing.T) {
	sign20 := sequence(openSequence(mfi.Gen20),
		get(0x05, 0x00),
		[]i2ctest.IO{
			write(0x20, 0x00, 0x14),
			write(append([]byte{0x21}, numbers(1, 20)...)...),
			write(0x11, 0x00, 0x80),
			write(0x10, 0x01),
		},
		get(0x10, 0x10), get(0x11, 0x00, 0x80), get(0x12, numbers(7, 128)...), get(0x05, 0x00))
	sign30 := sequence(openSequence(mfi.Gen30),
		[]i2ctest.IO{write(append([]byte{0x21}, numbers(1, 32)...)...), write(0x10, 0x01)},
		get(0x10, 0x10), get(0x11, 0x00, 0x40), get(0x12, numbers(7, 64)...), get(0x05, 0x00))
	blob := append([]byte{0x30, 0x82, 0x01, 0x06}, numbers(0, 262)...)
	length := get(0x30, 0x01, 0x0A)
	sign := func(g mfi.Generation) func(*mfi.Coprocessor) (any, error) {
		return func(c *mfi.Coprocessor) (any, error) { return c.Sign(numbers(1, g.ChallengeSize())) }
	}
	certificate := func(c *mfi.Coprocessor) (any, error) { return c.Certificate() }

	for _, tt := range []struct {
		name string
		opts mfi.Options
		ops  []i2ctest.IO
		call func(*mfi.Coprocessor) (any, error)
		want any
	}{
		{"sign, 2.0", mfi.Options{}, sign20, sign(mfi.Gen20), numbers(7, 128)},
		{"sign, 3.0", mfi.Options{}, sign30, sign(mfi.Gen30), numbers(7, 64)},
		{"certificate page by page", mfi.Options{}, sequence(openSequence(mfi.Gen30), length,
			get(0x31, blob[:128]...), get(0x32, blob[128:256]...), get(0x33, blob[256:]...)), certificate, blob},
		{"certificate in one read", mfi.Options{Style: mfi.WholeRead}, sequence(openSequence(mfi.Gen30), length,
			get(0x31, blob...)), certificate, blob},
		{"certificate continued", mfi.Options{Style: mfi.Continued}, sequence(openSequence(mfi.Gen30), length,
			get(0x31, blob[:128]...), []i2ctest.IO{read(blob[128:256]...), read(blob[256:]...)}), certificate, blob},
		{"certificate in chunks", mfi.Options{Style: mfi.Chunked, ChunkSize: 100}, sequence(openSequence(mfi.Gen30), length,
			get(0x31, blob[:100]...), []i2ctest.IO{read(blob[100:200]...), read(blob[200:]...)}), certificate, blob},
		{"info", mfi.Options{}, sequence(openSequence(mfi.Gen20),
			get(0x00, 5), get(0x01, 1), get(0x02, 2), get(0x03, 0), get(0x04, 0, 0, 2, 0)),
			func(c *mfi.Coprocessor) (any, error) { return c.Info() },
			mfi.Info{DeviceVersion: 5, FirmwareVersion: 1, ProtocolMajor: 2, DeviceID: 0x200}},
		{"serial number, 2.0", mfi.Options{}, sequence(openSequence(mfi.Gen20), get(0x4E, append([]byte("PF01"), make([]byte, 27)...)...)),
			func(c *mfi.Coprocessor) (any, error) { return c.SerialNumber() }, "PF01"},
		{"serial number, 3.0", mfi.Options{}, sequence(openSequence(mfi.Gen30), get(0x4E, []byte("PF0123456789ABCDEF0123456789ABCD")...)),
			func(c *mfi.Coprocessor) (any, error) { return c.SerialNumber() }, "PF0123456789ABCDEF0123456789ABCD"},
		{"self test, 2.0", mfi.Options{}, sequence(openSequence(mfi.Gen20), []i2ctest.IO{write(0x40, 1)}, get(0x40, 0xC0)),
			func(c *mfi.Coprocessor) (any, error) { return c.SelfTest() }, mfi.SelfTest(0xC0)},
		{"self test, 3.0", mfi.Options{}, sequence(openSequence(mfi.Gen30), get(0x40, 0xC0)),
			func(c *mfi.Coprocessor) (any, error) { return c.SelfTest() }, mfi.SelfTest(0xC0)},
		{"event counter", mfi.Options{}, sequence(openSequence(mfi.Gen20), get(0x4D, 17)),
			func(c *mfi.Coprocessor) (any, error) { return c.SystemEventCounter() }, uint8(17)},
		{"sleep", mfi.Options{}, sequence(openSequence(mfi.Gen30), []i2ctest.IO{write(0x60, 1)}),
			func(c *mfi.Coprocessor) (any, error) { return nil, c.Sleep() }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bus := &i2ctest.Playback{Ops: tt.ops, DontPanic: true}
			c, err := mfi.Open(bus, &chip.VirtualClock{}, tt.opts)
			require.NoError(t, err)
			got, err := tt.call(c)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
			assert.NoError(t, bus.Close(), "transactions left over")
		})
	}
}

// The acknowledged transactions with the modelled chip are the same ones, however often it had to be asked.
func TestSequencesWithTheModel(t *testing.T) {
	both(t, func(t *testing.T, g mfi.Generation) {
		b := newBench(t, g, nil)
		record := &i2ctest.Record{Bus: b.bus}
		c, err := mfi.Open(record, b.clock, mfi.Options{})
		require.NoError(t, err)
		response, err := c.Sign(numbers(1, g.ChallengeSize()))
		require.NoError(t, err)
		certificate, err := c.Certificate()
		require.NoError(t, err)

		challenge := write(append([]byte{0x21}, numbers(1, g.ChallengeSize())...)...)
		start := []i2ctest.IO{challenge, write(0x10, 1)}
		if g == mfi.Gen20 {
			start = sequence(get(0x05, 0), []i2ctest.IO{write(0x20, 0, 20), challenge, write(0x11, 0, 128), write(0x10, 1)})
		}
		want := sequence(openSequence(g), start, get(0x10, 0x10), get(0x11, 0, byte(g.ResponseSize())), get(0x12, response...), get(0x05, 0),
			get(0x30, byte(len(certificate)>>8), byte(len(certificate))))
		for at := 0; at < len(certificate); at += 128 {
			want = append(want, get(0x31+byte(at/128), certificate[at:min(at+128, len(certificate))]...)...)
		}
		assert.Equal(t, want, record.Ops)
	})
}
