package phone

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
)

// What usbmuxd's development branch looks for in each mode (src/usb.c, guess_mode):
// the number of configurations, and what the last of them has.
func TestConfigurationsOfEachMode(t *testing.T) {
	for m, want := range map[mode][]string{
		modeInitial:  {"06/01/01", "01/01/00 01/02/00 03/00/00", "06/01/01 FF/FE/02", "06/01/01 FF/FE/02 FF/FD/01"},
		modeValeria:  {"", "", "", "06/01/01 FF/FE/02 FF/FD/01", "06/01/01 FF/2A/FF FF/FE/02"},
		modeNCM:      {"", "", "", "06/01/01 FF/FE/02 FF/FD/01", "06/01/01 FF/FE/02 02/0D/00 0A/00/01"},
		modeEtherNCM: {"", "", "", "", "06/01/01 FF/FE/02 02/0D/00 0A/00/01", "06/01/01 FF/FE/02 FF/FD/01 02/0D/00 0A/00/01"},
		modeNCMOnly:  {"02/0D/00 0A/00/01"},
	} {
		d := descriptors(persona(t), m)
		require.NoError(t, d.Check(), "mode %d", m)
		require.Len(t, d.Configs, len(want), "mode %d", m)
		for i, text := range want {
			c := d.Configs[i]
			require.Equal(t, uint8(i+1), c.Value)
			require.NotEmpty(t, d.Text(c.String))
			var got []string
			for n, f := range c.Interfaces {
				a := f.Alternates[0]
				require.Equal(t, uint8(n), f.Number)
				got = append(got, fmt.Sprintf("%02X/%02X/%02X", a.Class, a.SubClass, a.Protocol))
			}
			if text != "" {
				require.Equal(t, text, strings.Join(got, " "), "mode %d, configuration %d", m, i+1)
			}
			// A host reads them back as they are, at every speed.
			for _, s := range []usb.Speed{usb.Full, usb.High, usb.Super} {
				at := d.At(s)
				b := at.Configs[i].AppendTo(nil)
				parsed, err := usb.ParseConfig(b)
				require.NoError(t, err)
				require.Equal(t, b, parsed.AppendTo(nil))
			}
			for _, f := range c.Find(0xFF, 0xFE, 2) {
				in, out, ok := f.BulkPair()
				require.True(t, ok)
				require.Equal(t, []uint8{0x85, 0x04}, []uint8{in, out}, "as f-io/LIVI prefers them")
			}
		}
	}
}

// ncmConfig is configuration 5 in mode 3. The functional descriptors are those that
// Linux's cdc_ncm wants: header, union, Ethernet and NCM.
const ncmConfig = "" +
	"09028b0004" + "0509c0fa" +
	"09040000030601011b" + "07050202000200" + "07058102000200" + "0705830340000a" +
	"0904010002fffe020f" + "07050402000200" + "07058502000200" +
	"0904020001020d0012" + "0524001001" + "0524060203" + "0d240f1400000000ea05000000" + "06241a000100" + "07058703100009" +
	"09040300000a000113" +
	"09040301020a000113" + "07058802000200" + "07050602000200"

func TestNCMConfiguration(t *testing.T) {
	d := descriptors(persona(t), modeNCM)
	require.Equal(t, ncmConfig, hex.EncodeToString(d.Configs[4].AppendTo(nil)))
	require.Regexp(t, "^[0-9A-F]{12}$", d.Text(strMAC))
}

// setMode asks for a mode, and returns the phone as it comes back.
func (b *bench) setMode(conn usb.Conn, m uint16) usb.Conn {
	b.t.Helper()
	got, err := b.control(conn, true, 0x52, 0, m, 1)
	require.NoError(b.t, err)
	require.Equal(b.t, []byte{0}, got)
	b.w.Sleep(200 * time.Millisecond)
	require.Nil(b.t, b.cable.B().Attached(), "it has left the bus")
	return b.phone()
}

// From each mode to each other; the mode outlasts the cable.
func TestSetMode(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.phone()
		for _, to := range []uint16{2, 3, 4, 5, 1, 4, 2, 5, 3, 1} {
			conn = b.setMode(conn, to)
			n := map[uint16]int{1: 4, 2: 5, 3: 5, 4: 6, 5: 1}[to]
			require.Len(t, conn.Descriptors().Configs, n, "mode %d", to)
			require.Equal(t, uint8(n), conn.Info().Device.Configurations)
			got, err := b.control(conn, true, 0x45, 0, 0, 4)
			require.NoError(t, err)
			require.Equal(t, []byte{map[uint16]byte{1: 3, 4: 6}[to] | map[uint16]byte{2: 5, 3: 5, 5: 5}[to], 3, 3, 0}, got)
		}
		b.setMode(conn, 3)
		b.cable.Unplug()
		b.w.Sleep(time.Second)
		b.cable.Plug()
		require.Len(t, b.phone().Descriptors().Configs, 5)
	})
	onCable(t, "usb: {mode: 4}", func(b *bench) { require.Len(t, b.phone().Descriptors().Configs, 6) })
}

// A phone that has changed its mode switches roles as ever.
func TestRoleSwitchInAnotherMode(t *testing.T) {
	onCable(t, "usb: {mode: 4}", func(b *bench) {
		conn := b.phone()
		_, err := b.control(conn, false, 0x51, 0, 0, 0)
		require.NoError(t, err)
		b.w.Sleep(time.Second)
		require.Nil(t, b.cable.B().Attached())
	})
}

func TestBadModes(t *testing.T) {
	p := persona(t)
	require.ErrorContains(t, p.Overlay([]byte("usb: {modes: [1, 6]}")), "usb.modes has 6")
	p = persona(t)
	require.ErrorContains(t, p.Overlay([]byte("usb: {modes: [1, 2], mode: 3}")), "usb.mode is 3")
	p = persona(t)
	require.ErrorContains(t, p.Overlay([]byte("product-version: new")), "product-version")
}

// interfaceRequest is a class or vendor request to an interface.
func (b *bench) request(conn usb.Conn, kind, request uint8, value, index uint16, data []byte) ([]byte, error) {
	n, err := usb.Control(b.w, conn, usb.Setup{RequestType: kind, Request: request, Value: value, Index: index, Length: uint16(len(data))}, data, time.Second)
	return data[:n], err
}

// What Linux's ipheth asks: the address, NCM framing, and the carrier (drivers/net/usb/ipheth.c).
func TestEthernet(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.phone()
		_, err := b.request(conn, 0xC0, 0x00, 0, 2, make([]byte, 64))
		require.ErrorIs(t, err, usb.Stall, "not configured")
		require.NoError(t, conn.SetConfiguration(4))
		mac, err := b.request(conn, 0xC0, 0x00, 0, 2, make([]byte, 64))
		require.NoError(t, err)
		require.Len(t, mac, 6)
		require.Equal(t, byte(2), mac[0]&3, "locally administered, and of one station")
		_, err = b.request(conn, 0x41, 0x04, 0, 2, nil)
		require.NoError(t, err)
		_, err = b.request(conn, 0x41, 0x04, 0, 1, nil)
		require.ErrorIs(t, err, usb.Stall, "usbmux has no frames")
		carrier, err := b.request(conn, 0xC0, 0x45, 0, 2, make([]byte, 64))
		require.NoError(t, err)
		require.Equal(t, []byte{3, 3, 3, 0}, carrier, "off")

		// What the host sends is taken and dropped; nothing comes.
		require.NoError(t, conn.ClaimInterface(2))
		require.NoError(t, conn.SetInterface(2, 1))
		s := usb.NewStream(b.w, conn, 0x86, 0x05, usb.StreamOptions{})
		for range 100 {
			_, err := s.Write(make([]byte, 1514))
			require.NoError(t, err)
		}
	})
	onCable(t, "product-version: 6.1.6", func(b *bench) {
		conn := b.phone()
		require.NoError(t, conn.SetConfiguration(4))
		_, err := b.request(conn, 0x41, 0x04, 0, 2, nil)
		require.ErrorIs(t, err, usb.Stall, "legacy frames alone")
	})
}

// What Linux's cdc_ncm asks, and the notification that there is no carrier.
func TestNCM(t *testing.T) {
	for m, ctrl := range map[uint16]uint16{3: 2, 4: 3, 5: 0} {
		onCable(t, fmt.Sprintf("usb: {mode: %d}", m), func(b *bench) {
			conn := b.phone()
			configs := conn.Descriptors().Configs
			require.NoError(t, conn.SetConfiguration(configs[len(configs)-1].Value))
			params, err := b.request(conn, 0xA1, 0x80, 0, ctrl, make([]byte, 28))
			require.NoError(t, err)
			require.Equal(t, "1c000100"+"00400000"+"0400000004000000"+"00400000"+"0400000004000000", hex.EncodeToString(params))
			_, err = b.request(conn, 0x21, 0x86, 0, ctrl, []byte{0, 0x20, 0, 0})
			require.NoError(t, err)
			size, err := b.request(conn, 0xA1, 0x85, 0, ctrl, make([]byte, 4))
			require.NoError(t, err)
			require.Equal(t, []byte{0, 0x20, 0, 0}, size)
			for _, bad := range [][]byte{{0, 0, 1, 0}, {0, 4, 0, 0}, {0, 8}} {
				_, err = b.request(conn, 0x21, 0x86, 0, ctrl, bad)
				require.ErrorIs(t, err, usb.Stall, "%x", bad)
			}
			format, err := b.request(conn, 0xA1, 0x83, 0, ctrl, make([]byte, 2))
			require.NoError(t, err)
			require.Equal(t, []byte{0, 0}, format)
			_, err = b.request(conn, 0x21, 0x84, 0, ctrl, nil)
			require.NoError(t, err)
			_, err = b.request(conn, 0x21, 0x84, 1, ctrl, nil)
			require.ErrorIs(t, err, usb.Stall, "32-bit blocks")
			_, err = b.request(conn, 0x21, 0x43, 0x0E, ctrl, nil)
			require.NoError(t, err)
			_, err = b.request(conn, 0xA1, 0x80, 0, ctrl+1, make([]byte, 28))
			require.ErrorIs(t, err, usb.Stall, "the data interface has no requests")

			require.NoError(t, conn.ClaimInterface(uint8(ctrl)))
			require.NoError(t, conn.ClaimInterface(uint8(ctrl+1)))
			require.NoError(t, conn.SetInterface(uint8(ctrl+1), 1))
			s := usb.NewStream(b.w, conn, 0x88, 0x06, usb.StreamOptions{})
			_, err = s.Write(make([]byte, 2000))
			require.NoError(t, err)
			got := make([]byte, 16)
			done := false
			tr := &usb.Transfer{Endpoint: 0x87, Data: got, Done: func(*usb.Transfer) { done = true }}
			conn.Submit(tr)
			b.w.Sleep(time.Second)
			require.True(t, done)
			require.Equal(t, []byte{0xA1, 0, 0, 0, byte(ctrl), 0, 0, 0}, got[:tr.Actual])
		})
	}
}
