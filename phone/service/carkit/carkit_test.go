package carkit_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/carkit"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Whoever talks to accessories is given the bytes as they are.
func TestBytesPass(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, carkit.Service())
	b.Phone.OnAccessory(func(rw io.ReadWriteCloser) {
		buf := make([]byte, 6)
		_, err := io.ReadFull(rw, buf)
		require.NoError(t, err)
		_, err = rw.Write(append(buf, '!'))
		require.NoError(t, err)
		require.NoError(t, rw.Close())
	})
	b.Serve(carkit.Name, func(s *lockdowntest.Service) {
		_, err := s.Conn.Write([]byte("marker"))
		require.NoError(t, err)
		all, err := io.ReadAll(s.Conn)
		require.NoError(t, err)
		require.Equal(t, "marker!", string(all))
	})
}

func TestNobody(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, carkit.Service())
	b.Serve(carkit.Name, func(s *lockdowntest.Service) {
		all, err := io.ReadAll(s.Conn)
		require.NoError(t, err)
		require.Empty(t, all)
	})
	require.Equal(t, carkit.ErrNobody.Error(), b.Find("state.service", "end").Get("why"))
	for _, c := range []struct {
		o    state.Options
		want bool
	}{
		{state.Options{ProductType: "iPhone6,2", ProductVersion: "7.0"}, false},
		{state.Options{ProductType: "iPhone6,2", ProductVersion: "7.1"}, true},
		{state.Options{ProductType: "iPad7,5", ProductVersion: "16.0"}, false},
	} {
		b := lockdowntest.NewBench(t, c.o)
		service := carkit.Service()
		require.Equal(t, c.want, service.Offered(b.Phone), fmt.Sprint(c.o))
	}
}
