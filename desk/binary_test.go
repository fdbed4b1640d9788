package desk_test

import (
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/desk"
	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// A program of the early days, byte for byte: Hello, the phone that is there, port
// 22 refused and lockdown accepted, and on that connection QueryType, ValidatePair
// and a session.
func TestBinaryProtocolToASession(t *testing.T) {
	for _, version := range []string{"6.1.3", "17.5.1"} {
		w := sim.New(sim.TimeLimit(time.Hour))
		d, err := desk.New(w, desk.Options{State: state.Options{ProductVersion: version}})
		require.NoError(t, err)
		require.NoError(t, w.Run(func() {
			d.WaitReady()
			socket := func() io.ReadWriter {
				near, far := w.Pipe("socket")
				w.Go("client", func() { d.Daemon.Serve(far) })
				return near
			}
			say := func(conn io.Writer, text string) {
				b, err := hex.DecodeString(text)
				require.NoError(t, err)
				_, err = conn.Write(b)
				require.NoError(t, err)
			}
			hear := func(conn io.Reader, n int) string {
				b := make([]byte, n)
				_, err := io.ReadFull(conn, b)
				require.NoError(t, err)
				return hex.EncodeToString(b)
			}
			listener := socket()
			say(listener, "10000000"+"00000000"+"03000000"+"02000000")
			require.Equal(t, "14000000"+"00000000"+"01000000"+"02000000"+"00000000", hear(listener, 20))
			require.Equal(t, "1c010000"+"00000000"+"04000000"+"00000000"+"01000000"+"a812"+hex.EncodeToString([]byte(udid)), hear(listener, 22+len(udid)))

			near, far := w.Pipe("socket")
			w.Go("client", func() { d.Daemon.Serve(far) })
			say(near, "18000000"+"00000000"+"02000000"+"03000000"+"01000000"+"0016"+"0000") // port 22
			require.Equal(t, "14000000"+"00000000"+"01000000"+"03000000"+"03000000", hear(near, 20))
			say(near, "18000000"+"00000000"+"02000000"+"04000000"+"01000000"+"f27e"+"0000") // port 62078
			require.Equal(t, "14000000"+"00000000"+"01000000"+"04000000"+"00000000", hear(near, 20))

			c, host := lockdowntest.NewClient(d.Lockdown, near), lockdowntest.NewHost("early")
			reply, err := c.Ask("QueryType", nil)
			require.NoError(t, err)
			require.Equal(t, wire.TypeLockdown, reply["Type"])
			require.NoError(t, c.Pair(host))
			_, err = c.Ask("ValidatePair", map[string]any{"PairRecord": host.PairRecord()})
			require.NoError(t, err)
			require.NoError(t, c.StartSession(host))
			require.NotNil(t, c.TLS())
			got, err := c.Value("", "ProductVersion")
			require.NoError(t, err)
			require.Equal(t, version, got)
			require.NoError(t, c.StopSession())
		}), version)
	}
}
