package usb_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/usb"
)

// The tests here hold the arithmetic of endpoints against a model that handles
// packets one by one.

// result is how a transfer or a call ended.
type result struct {
	data   string
	status usb.Status
}

func (r result) String() string { return fmt.Sprintf("%q %v", r.data, r.status) }

// packetsOf cuts data into packets; a multiple of size is ended by a
// zero-length packet if zlp is set.
func packetsOf(data string, size int, zlp bool) []string {
	var out []string
	for len(data) > size {
		out = append(out, data[:size])
		data = data[size:]
	}
	if data != "" {
		out = append(out, data)
	}
	if zlp && len(data)%size == 0 {
		out = append(out, "")
	}
	return out
}

// fill puts packets into a transfer with that much room, and returns the
// packets that are left. It is nil while more packets are needed.
func fill(packets []string, size, room int) (*result, string, []string) {
	got := ""
	for len(packets) > 0 {
		p := packets[0]
		if len(got)+len(p) > room {
			return &result{got, usb.Overflow}, got, packets
		}
		got += p
		packets = packets[1:]
		if len(p) < size || len(got) == room {
			return &result{got, usb.OK}, got, packets
		}
	}
	return nil, got, packets
}

func sized(size uint16) *usb.Descriptors {
	d := plain()
	d.Speed = usb.High
	for i := range d.Configs[0].Interfaces[0].Alternates[0].Endpoints {
		d.Configs[0].Interfaces[0].Alternates[0].Endpoints[i].MaxPacketSize = size
	}
	return d
}

func configured(t testing.TB, w *sim.World, d *usb.Descriptors) *usb.Gadget {
	g := usb.NewGadget(w, "g", d, nil)
	g.Reset(d.MaxSpeed())
	_, status := ask(t, g, "00 09 0100 0000 0000", 0)
	require.Equal(t, usb.OK, status)
	return g
}

// letters is test data that shows where it comes from.
func letters(from, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[(from+i)%52]
	}
	return string(b)
}

func TestInTransfersAgainstPackets(t *testing.T) {
	const size = 4
	lengths := []int{0, 1, 3, 4, 5, 8, 9}
	for _, zlp := range []bool{true, false} {
		for _, first := range lengths {
			for _, second := range lengths {
				for _, room := range []int{0, 3, 4, 6, 8, 9, 16} {
					checkIn(t, size, zlp, []int{first, second}, room)
				}
			}
		}
	}
	checkIn(t, 64, true, []int{64, 63, 200}, 128)
	checkIn(t, 512, true, []int{16384, 5000}, 16384)
	checkIn(t, 1024, false, []int{4096, 1}, 8192)
}

func checkIn(t *testing.T, size int, zlp bool, writes []int, room int) {
	name := fmt.Sprintf("packets of %d, zero packets %v, writes %v, room %d", size, zlp, writes, room)
	var packets []string
	var data []string
	from := 0
	for _, n := range writes {
		s := letters(from, n)
		from += n
		data = append(data, s)
		packets = append(packets, packetsOf(s, size, zlp)...)
	}
	var want []result
	const transfers = 6
	pending := ""
	left := packets
	for range transfers {
		var r *result
		if r, pending, left = fill(left, size, room); r == nil {
			break
		}
		want = append(want, *r)
	}

	w := sim.New()
	g := configured(t, w, sized(uint16(size)))
	var got []result
	var held []*usb.Transfer
	written := 0
	require.NoError(t, w.Run(func() {
		for range transfers {
			x := &usb.Transfer{Endpoint: 0x81, Data: make([]byte, room)}
			x.Done = func(x *usb.Transfer) { got = append(got, result{string(x.Data[:x.Actual]), x.Status}) }
			held = append(held, x)
			g.Submit(x)
		}
		e := g.Endpoint(0x81)
		e.AutoZLP = zlp
		w.Go("writer", func() {
			for _, s := range data {
				n, err := e.Write([]byte(s))
				require.NoError(t, err, name)
				require.Equal(t, len(s), n, name)
				written++
			}
		})
		w.Sleep(1)
		require.Equal(t, want, append([]result(nil), got...), name)
		if len(left) == 0 {
			require.Equal(t, len(writes), written, "%s: writes that returned", name)
		}
		// What is canceled has the packets so far.
		if len(got) < transfers {
			n := len(got)
			g.Cancel(held[n])
			require.Equal(t, result{pending, usb.Canceled}, got[n], name)
		}
	}))
}

// send is what a device receives in packets.
type sent struct {
	data   string
	packet []string
}

func TestOutTransfersAgainstPackets(t *testing.T) {
	lengths := []int{0, 1, 3, 4, 5, 8, 9}
	for _, zlp := range []bool{true, false} {
		for _, first := range lengths {
			for _, second := range lengths {
				for _, room := range []int{1, 3, 4, 6, 8, 9, 16} {
					checkOut(t, 4, zlp, []int{first, second, 2}, room)
				}
			}
		}
	}
	checkOut(t, 64, true, []int{64, 63, 200}, 128)
	checkOut(t, 512, true, []int{16384, 5000}, 16384)
	checkOut(t, 512, false, []int{16384, 5000}, 1000)
}

func checkOut(t *testing.T, size int, zlp bool, sends []int, room int) {
	name := fmt.Sprintf("packets of %d, zero packet %v, transfers %v, room %d", size, zlp, sends, room)
	var list []sent
	var packets []string
	all := ""
	for _, n := range sends {
		s := letters(len(all), n)
		all += s
		p := packetsOf(s, size, zlp || n == 0)
		list = append(list, sent{s, p})
		packets = append(packets, p...)
	}
	submit := func(g *usb.Gadget, done *int) {
		for _, s := range list {
			x := &usb.Transfer{Endpoint: 0x01, Data: []byte(s.data), ZeroPacket: zlp}
			x.Done = func(x *usb.Transfer) {
				require.Equal(t, usb.OK, x.Status, name)
				require.Equal(t, len(x.Data), x.Actual, name)
				*done++
			}
			g.Submit(x)
		}
	}

	// ReadTransfer: one request to a controller.
	var want []result
	for left := packets; len(left) > 0; {
		var r *result
		before := left
		if r, _, left = fill(left, size, room); r == nil {
			break
		}
		if r.status == usb.Overflow { // the packet is cut and gone
			k := room - len(r.data)
			r.data += left[0][:k]
			left = left[1:]
		}
		require.Less(t, len(left), len(before))
		want = append(want, *r)
	}
	w := sim.New()
	g := configured(t, w, sized(uint16(size)))
	require.NoError(t, w.Run(func() {
		done := 0
		submit(g, &done)
		e := g.Endpoint(0x01)
		e.SetReadDeadline(1)
		var got []result
		for {
			buf := make([]byte, room)
			n, err := e.ReadTransfer(buf)
			if err == usb.TimedOut {
				break
			}
			r := result{string(buf[:n]), usb.OK}
			if err != nil {
				r.status = err.(usb.Status)
			}
			got = append(got, r)
		}
		require.Equal(t, want, got, name)
		require.Equal(t, len(list), done, "%s: transfers done", name)
	}))

	// Read: a stream.
	w = sim.New()
	g = configured(t, w, sized(uint16(size)))
	require.NoError(t, w.Run(func() {
		done := 0
		submit(g, &done)
		e := g.Endpoint(0x01)
		e.SetReadDeadline(1)
		got := ""
		for len(got) < len(all) {
			buf := make([]byte, room)
			n, err := e.Read(buf)
			require.NoError(t, err, name)
			require.NotZero(t, n, name)
			got += string(buf[:n])
		}
		require.Equal(t, all, got, name)
		n, err := e.Read(make([]byte, 1))
		require.Equal(t, []any{0, usb.TimedOut}, []any{n, err}, name)
		require.Equal(t, len(list), done, "%s: transfers done", name)
	}))
}
