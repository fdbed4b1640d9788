package devicelink_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/devicelink"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

// link is a service that answers each message with itself.
var link = service.Service{Name: "com.example.link", Serve: func(s *service.Session) error {
	l, err := devicelink.Open(s, 300, 0)
	if err != nil {
		return err
	}
	for {
		m, err := l.ReceiveProcess()
		if err != nil {
			return err
		}
		if m["Enough"] == true {
			return l.Disconnect("enough")
		}
		if err := l.Process(m); err != nil {
			return err
		}
	}
}}

func receive(t *testing.T, s *lockdowntest.Service) any {
	t.Helper()
	v, err := s.Receive()
	require.NoError(t, err)
	return v
}

func open(t *testing.T, s *lockdowntest.Service) {
	t.Helper()
	require.Equal(t, []any{"DLMessageVersionExchange", uint64(300), uint64(0)}, receive(t, s))
	require.NoError(t, s.Send([]any{"DLMessageVersionExchange", "DLVersionsOk", 400}))
	require.Equal(t, []any{"DLMessageDeviceReady"}, receive(t, s))
}

func TestLink(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, link)
	b.Serve(link.Name, func(s *lockdowntest.Service) {
		open(t, s)
		m := []any{"DLMessageProcessMessage", dict{"a": "b"}}
		require.NoError(t, s.Send(m))
		require.Equal(t, m, receive(t, s))
		require.NoError(t, s.Send([]any{"DLMessageProcessMessage", dict{"Enough": true}}))
		require.Equal(t, []any{"DLMessageDisconnect", "enough"}, receive(t, s))
	})
}

func TestHostDisconnects(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, link)
	b.Serve(link.Name, func(s *lockdowntest.Service) {
		open(t, s)
		require.NoError(t, s.Send([]any{"DLMessageDisconnect", "___EmptyParameterString___"}))
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
	require.Empty(t, b.Find("state.service", "end").Get("why"))
}

func TestWhatIsNoMessage(t *testing.T) {
	for name, c := range map[string]struct {
		early bool // before the versions are exchanged
		say   any
		why   string
	}{
		"refused":       {true, []any{"DLMessageVersionExchange", "DLVersionsNo"}, "answers the version exchange with"},
		"short":         {true, []any{"DLMessageVersionExchange"}, "answers the version exchange with"},
		"dictionary":    {true, dict{"Request": "QueryType"}, "is dictionary, want an array"},
		"empty":         {false, []any{}, "want an array that begins with its name"},
		"no name":       {false, []any{uint64(1)}, "name of the message is integer"},
		"other message": {false, []any{"DLMessagePing", "x"}, "DLMessagePing with 1 arguments"},
		"no argument":   {false, []any{"DLMessageProcessMessage"}, "with 0 arguments"},
		"no dictionary": {false, []any{"DLMessageProcessMessage", "x"}, "holds string, want dictionary"},
	} {
		t.Run(name, func(t *testing.T) {
			b := lockdowntest.NewBench(t, state.Options{}, link)
			b.Serve(link.Name, func(s *lockdowntest.Service) {
				if c.early {
					receive(t, s)
				} else {
					open(t, s)
				}
				require.NoError(t, s.Send(c.say))
				_, err := s.Receive()
				require.ErrorIs(t, err, io.EOF)
			})
			require.Contains(t, b.Find("state.service", "end").Get("why"), c.why)
		})
	}
}

// A service that takes one message and hangs up.
func ExampleOpen() {
	s := service.Service{Name: "com.example.link", Serve: func(s *service.Session) error {
		l, err := devicelink.Open(s, 300, 0)
		if err != nil {
			return err
		}
		m, err := l.ReceiveProcess()
		fmt.Println(m["MessageType"])
		return err
	}}
	fmt.Println(s.Name)
	// Output: com.example.link
}
