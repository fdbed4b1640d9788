package notification_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/notification"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func observe(name string) dict { return dict{"Command": "ObserveNotification", "Name": name} }
func post(name string) dict    { return dict{"Command": "PostNotification", "Name": name} }
func relay(name string) dict   { return dict{"Command": "RelayNotification", "Name": name} }

func bench(t *testing.T, o state.Options) *lockdowntest.Bench {
	return lockdowntest.NewBench(t, o, notification.Services()...)
}

func receive(t *testing.T, s *lockdowntest.Service) dict {
	t.Helper()
	m, err := s.ReceiveDict()
	require.NoError(t, err)
	return m
}

// What idevicenotificationproxy observe and post do, on two connections.
func TestObserveAndPost(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		one, two := b.Service(notification.Name), b.Service(notification.Name)
		require.NoError(t, one.Send(observe("com.example.a")))
		require.NoError(t, one.Send(observe(state.DeviceNameChanged)))
		b.World.Sleep(time.Second)
		require.NoError(t, two.Send(post("com.example.b"))) // not observed
		require.NoError(t, two.Send(post("com.example.a")))
		require.Equal(t, relay("com.example.a"), receive(t, one))
		require.NoError(t, b.Session().SetValue("", "DeviceName", "Bench"))
		require.Equal(t, relay(state.DeviceNameChanged), receive(t, one))
		require.NoError(t, two.Send(dict{"Command": "Shutdown"}))
		require.Equal(t, dict{"Command": "ProxyDeath"}, receive(t, two))
		_, err := two.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

// usbmuxd waits on the insecure proxy, without pairing, until the user taps Trust.
func TestWaitingForTheUser(t *testing.T) {
	b := bench(t, state.Options{User: state.User{Answer: state.AnswerTrust, After: 20 * time.Second}})
	b.Run(func() {
		c := b.Connect()
		require.ErrorIs(t, c.Pair(b.Host), wire.PairingDialogResponsePending)
		s, err := c.StartService(notification.Insecure)
		require.NoError(t, err)
		require.Same(t, s.Raw(), s.Conn, "no TLS")
		require.NoError(t, s.Send(observe(state.RequestPair)))
		require.NoError(t, s.Send(observe(state.RequestHostBUID)))
		require.Equal(t, relay(state.RequestPair), receive(t, s))
		require.Equal(t, 20*time.Second, b.World.Now().Round(time.Second))
		require.NoError(t, c.Pair(b.Host))
	})
}

func TestBadCommands(t *testing.T) {
	for name, m := range map[string]dict{
		"unknown":   {"Command": "Dance", "Name": "x"},
		"no name":   {"Command": "ObserveNotification"},
		"long name": observe(string(make([]byte, 2000))),
		"no text":   {"Command": "PostNotification", "Name": true},
	} {
		t.Run(name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Serve(notification.Name, func(s *lockdowntest.Service) {
				require.NoError(t, s.Send(m))
				_, err := s.Receive()
				require.ErrorIs(t, err, io.EOF)
			})
			require.Contains(t, b.Find("state.service", "end").Get("why"), "notification: ")
		})
	}
}

func TestTooManyNames(t *testing.T) {
	b := bench(t, state.Options{})
	b.Serve(notification.Name, func(s *lockdowntest.Service) {
		for i := range 1025 {
			require.NoError(t, s.Send(observe(fmt.Sprint("com.example.", i))))
		}
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

// A host that observes and does not read loses notifications; the phone goes on, and
// the host's hanging up is noticed.
func TestHostThatDoesNotRead(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		s := b.Service(notification.Name)
		require.NoError(t, s.Send(observe("com.example.a")))
		for range 5000 {
			b.Phone.Notifications.Post("com.example.a")
			b.World.Sleep(time.Millisecond)
		}
		require.Equal(t, 1, b.Server.Ports().Connections())
		require.NoError(t, s.Raw().Close())
		b.World.Sleep(time.Second)
		require.Zero(t, b.Server.Ports().Connections())
	})
}

func Example() {
	for _, s := range notification.Services() {
		fmt.Println(s.Name, s.Insecure)
	}
	// Output:
	// com.apple.mobile.notification_proxy false
	// com.apple.mobile.insecure_notification_proxy true
}
