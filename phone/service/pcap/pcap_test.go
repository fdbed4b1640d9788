package pcap_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/pcap"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestHeader(t *testing.T) {
	p := state.Packet{
		Time: sim.Epoch.Add(1500 * time.Microsecond), Interface: "en0", Outgoing: true, Process: "a process with a long name", PID: 71,
		Ethernet: make([]byte, 14), IP: []byte{0x45, 1, 2, 3},
	}
	b := pcap.AppendPacket(nil, &p)
	be := binary.BigEndian
	require.Equal(t, uint32(95), be.Uint32(b))
	require.Equal(t, uint32(18), be.Uint32(b[5:]))
	require.Equal(t, byte(6), b[9])
	require.Equal(t, byte(16), b[12])
	require.Equal(t, uint32(2), be.Uint32(b[13:]))
	require.Equal(t, uint32(14), be.Uint32(b[17:]))
	require.Equal(t, "en0\x00", string(b[25:29]))
	require.Equal(t, uint32(71), binary.LittleEndian.Uint32(b[41:]))
	require.Equal(t, "a process with a\x00", string(b[45:62]))
	require.Equal(t, uint32(71), binary.LittleEndian.Uint32(b[66:]))
	require.Equal(t, uint32(sim.Epoch.Unix()), be.Uint32(b[87:]))
	require.Equal(t, uint32(1500), be.Uint32(b[91:]))
	require.Len(t, b, 95+18)
	p = state.Packet{Interface: "pdp_ip0", IP: []byte{0x60}}
	b = pcap.AppendPacket(nil, &p)
	require.Equal(t, uint32(30), be.Uint32(b[13:]))
	require.Zero(t, be.Uint32(b[17:]), "no link header")
	require.Equal(t, byte(1), b[12])
}

// Names are asked for, and answered, in packets that a decoder takes.
func TestTraffic(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, pcap.Service())
	b.Serve(pcap.Name, func(s *lockdowntest.Service) {
		start := b.World.Now()
		asked, answered, addresses := 0, 0, map[string]int{}
		for range 40 {
			v, err := s.Receive()
			require.NoError(t, err)
			data := v.([]byte)
			packet := gopacket.NewPacket(data[binary.BigEndian.Uint32(data):], layers.LayerTypeEthernet, gopacket.Default)
			require.Nil(t, packet.ErrorLayer())
			addresses[packet.NetworkLayer().NetworkFlow().Src().String()]++
			dns := packet.Layer(layers.LayerTypeDNS).(*layers.DNS)
			if dns.QR {
				answered++
				require.Len(t, dns.Answers, 1)
			} else {
				asked++
			}
		}
		require.Equal(t, 20, asked)
		require.Equal(t, 20, answered)
		require.Equal(t, map[string]int{"192.0.2.17": 10, "192.0.2.1": 10, "2001:db8::17": 10, "2001:db8::1": 10}, addresses)
		require.Equal(t, 9500*time.Millisecond, b.World.Now()-start)
		b.Phone.Packets.Add(state.Packet{Interface: "mine", IP: []byte{0x45}})
		v, err := s.Receive()
		require.NoError(t, err)
		require.Equal(t, "mine\x00", string(v.([]byte)[25:30]))
	})
	require.Zero(t, b.Server.Ports().Connections())
}

func Example() {
	p := state.Packet{Time: sim.Epoch, Interface: "en0", IP: []byte{0x45, 0, 0, 20}}
	fmt.Printf("%x\n", pcap.AppendPacket(nil, &p)[95:])
	// Output: 45000014
}
