package lockdown_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// Whatever answers on the port, the client comes to an end, within the time that its
// options leave.
func FuzzClient(f *testing.F) {
	add := func(replies ...wire.Reply) {
		var b []byte
		for _, r := range replies {
			var err error
			b, err = r.AppendTo(b, plist.XML)
			require.NoError(f, err)
		}
		f.Add(b)
	}
	query := wire.Reply{Kind: wire.QueryType, Type: wire.TypeLockdown}
	key := wire.Reply{Kind: wire.GetValue, Value: deviceKey}
	address := wire.Reply{Kind: wire.GetValue, Value: "a6:01:02:03:04:05"}
	add(query)
	add(query, key, address, wire.Reply{Kind: wire.Pair, Error: wire.PairingDialogResponsePending}, wire.Reply{Kind: wire.Pair, EscrowBag: []byte("bag")})
	add(query, key, address, wire.Reply{Kind: wire.Pair}, wire.Reply{Kind: wire.StartSession, SessionID: "S", EnableSessionSSL: true})
	add(query, key, address, wire.Reply{Kind: wire.Pair}, wire.Reply{Kind: wire.StartSession, SessionID: "S"},
		wire.Reply{Kind: wire.StartService, Port: 49152}, wire.Reply{Kind: wire.StopSession, Result: wire.Success})
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		w := sim.New(sim.TimeLimit(time.Hour))
		h := lockdown.NewHost(w, "headunit", lockdown.Options{Patience: 3 * time.Second, Limits: plist.Limits{Size: 64 << 10}})
		require.NoError(t, w.Run(func() {
			c, err := h.Connect(lockdown.Phone{UDID: udid, Dial: func(uint16) (net.Conn, error) {
				near, far := w.Pipe("port")
				w.Go("phone", func() { _, _ = io.Copy(io.Discard, far) })
				w.Go("phone", func() { _, _ = far.Write(answer) })
				return near, nil
			}})
			if err != nil {
				return
			}
			if c.Establish() == nil {
				if conn, err := c.StartService("com.example.service"); err == nil {
					_ = conn.Close()
				}
				_ = c.StopSession()
			}
			_ = c.Close()
			require.Less(t, w.Now(), 15*time.Minute)
		}))
	})
}
