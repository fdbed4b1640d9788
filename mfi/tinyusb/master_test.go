package tinyusb_test

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/physic"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/mfi/tinyusb"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// driverTimeout is the kernel driver's for each request.
const driverTimeout = 2 * time.Second

// driver does what the Linux driver i2c-tiny-usb does, request by request, and has its errors. It is an i2c.Bus.
type driver struct {
	w    *sim.World
	conn usb.Conn
	log  []string // each request, with what came back
}

// message is a struct i2c_msg.
type message struct {
	addr  uint16
	flags uint16 // bit 0 is a read; others the kernel leaves in
	data  []byte
}

func (d *driver) request(typ, request uint8, value, index uint16, data []byte) (int, error) {
	n, err := usb.Control(d.w, d.conn, usb.Setup{RequestType: typ, Request: request, Value: value, Index: index}, data, driverTimeout)
	s := usb.Setup{RequestType: typ, Request: request, Value: value, Index: index, Length: uint16(len(data))}
	way := ">"
	if s.In() {
		way = "<"
	}
	line := fmt.Sprintf("% X", s.Bytes())
	if len(data) > 0 {
		line += fmt.Sprintf(" %s % X", way, data[:n])
	}
	if err != nil {
		line += " " + err.Error()
	}
	d.log = append(d.log, line)
	return n, err
}

func (d *driver) probe(delay uint16) error {
	if _, err := d.request(0x41, tinyusb.ReqSetDelay, delay, 0, nil); err != nil {
		return fmt.Errorf("failure setting delay: %w", syscall.EIO)
	}
	return nil
}

func (d *driver) functions() uint32 {
	var b [4]byte
	if n, err := d.request(0xC1, tinyusb.ReqFunctions, 0, 0, b[:]); err != nil || n != 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b[:])
}

// transfer is master_xfer: messages with repeated STARTs between them.
func (d *driver) transfer(messages ...message) error {
	for i, m := range messages {
		request, typ := uint8(tinyusb.ReqMessage), uint8(0x41)
		if i == 0 {
			request |= tinyusb.Begin
		}
		if i == len(messages)-1 {
			request |= tinyusb.End
		}
		if m.flags&1 != 0 {
			typ = 0xC1
		}
		if n, _ := d.request(typ, request, m.flags, m.addr, m.data); n != len(m.data) {
			return syscall.EIO
		}
		var status [1]byte
		if n, _ := d.request(0xC1, tinyusb.ReqStatus, 0, 0, status[:]); n != 1 {
			return syscall.EIO
		}
		if tinyusb.Status(status[0]) == tinyusb.StatusNACK {
			return syscall.ENXIO
		}
	}
	return nil
}

func (d *driver) String() string                  { return "i2c-tiny-usb" }
func (d *driver) SetSpeed(physic.Frequency) error { return syscall.EOPNOTSUPP }

// Tx is what i2c-dev makes of an I2C_RDWR, whose messages it marks as safe for DMA.
func (d *driver) Tx(addr uint16, w, r []byte) error {
	var list []message
	if len(w) > 0 || len(r) == 0 {
		list = append(list, message{addr, 0x0200, w})
	}
	if len(r) > 0 {
		list = append(list, message{addr, 0x0201, r})
	}
	return d.transfer(list...)
}

// newChip is a chip with an identity of its own.
func newChip(t testing.TB, g mfi.Generation, change func(*chip.Config)) *chip.Chip {
	t.Helper()
	c := chip.Config{Model: chip.ForGeneration(g), Identity: testca.Test().MustIssue(g, 1)}
	if change != nil {
		change(&c)
	}
	part, err := chip.New(c)
	require.NoError(t, err)
	return part
}

// bench is an adapter on a cable, with chips on its bus and the driver at the other end.
type bench struct {
	w       *sim.World
	bus     *chip.Bus
	adapter *tinyusb.Adapter
	cable   *usb.Cable
	driver  *driver
	wire    []string // what was on the I2C bus
}

// play sets a bench up and runs main in its world.
func play(t testing.TB, main func(*bench), chips ...*chip.Chip) {
	t.Helper()
	w := sim.New()
	b := &bench{w: w, bus: chip.NewBus(w, chips...)}
	b.bus.Trace = func(x chip.Transaction) {
		x.Start = 0
		b.wire = append(b.wire, x.String()[len("0s "):])
	}
	b.adapter = tinyusb.New(w, b.bus, tinyusb.Config{})
	b.cable = usb.NewCable(w, usb.CableOptions{})
	require.NoError(t, w.Run(func() {
		require.NoError(t, b.cable.B().Attach(b.adapter))
		info, ok := usb.WaitDevice(b.cable.A(), sim.Never)
		require.True(t, ok)
		conn, err := b.cable.A().Open(info.ID)
		require.NoError(t, err)
		require.NoError(t, conn.SetConfiguration(1))
		require.NoError(t, conn.ClaimInterface(0))
		b.driver = &driver{w: w, conn: conn}
		require.NoError(t, b.driver.probe(tinyusb.DefaultDelay))
		b.driver.log = nil
		main(b)
	}))
}
