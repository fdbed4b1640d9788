package location_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/location"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// text is a text with its length.
func text(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

const set, stop = "\x00\x00\x00\x00", "\x00\x00\x00\x01"

// idevicesetlocation writes twice and hangs up at once, in the middle of the phone's
// handshake: session tickets would lose what it wrote.
func TestFireAndForget(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Image: true}, location.Service())
	b.Run(func() {
		for i := range 20 {
			s := b.Service(location.Name)
			_, err := io.WriteString(s.Conn, set)
			require.NoError(t, err)
			_, err = io.WriteString(s.Conn, text("52.5")+text(fmt.Sprint(i)))
			require.NoError(t, err)
			require.NoError(t, s.Raw().Close())
			b.World.Sleep(time.Second)
			require.Equal(t, state.Location{Simulated: true, Latitude: "52.5", Longitude: fmt.Sprint(i)}, b.Phone.Location())
		}
		s := b.Service(location.Name)
		_, err := io.WriteString(s.Conn, stop)
		require.NoError(t, err)
		b.World.Sleep(time.Second)
		require.Equal(t, state.Location{}, b.Phone.Location())
	})
	require.False(t, b.Has("state.lockdown", "TLS failed"))
}

func TestBadOrders(t *testing.T) {
	for name, c := range map[string]struct{ say, why string }{
		"order":     {"\x00\x00\x00\x02", "order 2, want 0 or 1"},
		"length":    {set + "\xFF\xFF\xFF\xFF", "latitude of 4294967295 bytes, limit 64"},
		"no number": {set + text("north"), `latitude is "north"`},
		"too far":   {set + text("91"), `latitude is "91"`},
		"infinite":  {set + text("1") + text("Inf"), `longitude is "Inf"`},
		"nan":       {set + text("NaN"), `latitude is "NaN"`},
	} {
		t.Run(name, func(t *testing.T) {
			b := lockdowntest.NewBench(t, state.Options{Image: true}, location.Service())
			b.Serve(location.Name, func(s *lockdowntest.Service) {
				_, err := io.WriteString(s.Conn, c.say)
				require.NoError(t, err)
				_, err = s.Receive()
				require.ErrorIs(t, err, io.EOF)
				require.Zero(t, b.Phone.Location())
			})
			require.Contains(t, b.Find("state.service", "end").Get("why"), c.why)
		})
	}
}

func Example() {
	fmt.Println(location.Service().Name)
	// Output: com.apple.dt.simulatelocation
}
