package screenshot_test

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/screenshot"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func open(t *testing.T, s *lockdowntest.Service) {
	t.Helper()
	_, err := s.Receive()
	require.NoError(t, err)
	require.NoError(t, s.Send([]any{"DLMessageVersionExchange", "DLVersionsOk", 300}))
	_, err = s.Receive()
	require.NoError(t, err)
}

func shoot(t *testing.T, s *lockdowntest.Service) []byte {
	t.Helper()
	require.NoError(t, s.Send([]any{"DLMessageProcessMessage", dict{"MessageType": "ScreenShotRequest"}}))
	v, err := s.Receive()
	require.NoError(t, err)
	m := v.([]any)[1].(dict)
	require.Equal(t, "ScreenShotReply", m["MessageType"])
	return m["ScreenShotData"].([]byte)
}

// A picture of the size of the screen, which changes with what it shows.
func TestScreenshot(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{ProductType: "iPhone8,4", ProductVersion: "15.8", Image: true, Passcode: true}, screenshot.Service())
	b.Serve(screenshot.Name, func(s *lockdowntest.Service) {
		open(t, s)
		first := shoot(t, s)
		c, err := png.DecodeConfig(bytes.NewReader(first))
		require.NoError(t, err)
		require.Equal(t, 640, c.Width)
		require.Equal(t, 1136, c.Height)
		require.Equal(t, first, shoot(t, s), "nothing has changed")
		b.World.Sleep(time.Second)
		second := shoot(t, s)
		require.NotEqual(t, first, second, "the clock")
		b.Phone.Lock()
		require.NotEqual(t, second, shoot(t, s), "the lock")
	})
}

func TestOldPhonesSendTIFF(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{ProductType: "iPhone6,2", ProductVersion: "8.4", Image: true}, screenshot.Service())
	b.Serve(screenshot.Name, func(s *lockdowntest.Service) {
		open(t, s)
		data := shoot(t, s)
		require.Equal(t, "II*\x00", string(data[:4]))
		require.Greater(t, len(data), 640*1136*3)
	})
}

func TestOtherMessage(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{Image: true}, screenshot.Service())
	b.Serve(screenshot.Name, func(s *lockdowntest.Service) {
		open(t, s)
		require.NoError(t, s.Send([]any{"DLMessageProcessMessage", dict{"MessageType": "Dance"}}))
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

func Example() {
	s := screenshot.Service()
	fmt.Println(s.Name, s.Developer, "before iOS", s.IOS.Until)
	// Output: com.apple.mobile.screenshotr true before iOS 17.0
}
