package backup_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/backup"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func receive(t *testing.T, s *lockdowntest.Service) []any {
	t.Helper()
	v, err := s.Receive()
	require.NoError(t, err)
	return v.([]any)
}

func open(t *testing.T, s *lockdowntest.Service, version uint64) {
	t.Helper()
	require.Equal(t, []any{"DLMessageVersionExchange", version, uint64(0)}, receive(t, s))
	require.NoError(t, s.Send([]any{"DLMessageVersionExchange", "DLVersionsOk", version}))
	require.Equal(t, []any{"DLMessageDeviceReady"}, receive(t, s))
}

// As far as idevicebackup2 comes.
func TestHandshake(t *testing.T) {
	for ios, version := range map[string]uint64{"15.3": 300, "15.4": 400} {
		b := lockdowntest.NewBench(t, state.Options{ProductVersion: ios}, backup.Services()...)
		b.Serve(backup.Name, func(s *lockdowntest.Service) {
			open(t, s, version)
			process := func(m dict) dict {
				require.NoError(t, s.Send([]any{"DLMessageProcessMessage", m}))
				return receive(t, s)[1].(dict)
			}
			for _, c := range []struct {
				offer any
				want  dict
			}{
				{[]any{2.0, 2.1}, dict{"MessageName": "Response", "ErrorCode": uint64(0), "ProtocolVersion": 2.1}},
				{[]any{2.0, 2.9}, dict{"MessageName": "Response", "ErrorCode": uint64(0), "ProtocolVersion": 2.1}},
				{[]any{2.0}, dict{"MessageName": "Response", "ErrorCode": uint64(0), "ProtocolVersion": 2.0}},
				{[]any{1.6, 3.0, "2.0"}, dict{"MessageName": "Response", "ErrorCode": uint64(1), "ErrorDescription": "No protocol version in common"}},
				{nil, dict{"MessageName": "Response", "ErrorCode": uint64(1), "ErrorDescription": "No protocol version in common"}},
			} {
				m := dict{"MessageName": "Hello"}
				if c.offer != nil {
					m["SupportedProtocolVersions"] = c.offer
				}
				require.Equal(t, c.want, process(m))
			}
			require.Equal(t, uint64(105), process(dict{"MessageName": "Backup", "TargetIdentifier": "x"})["ErrorCode"])
			require.NoError(t, s.Send([]any{"DLMessageDisconnect", "___EmptyParameterString___"}))
			_, err := s.Receive()
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

func TestSync(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{}, backup.Services()...)
	b.Serve(backup.Sync, func(s *lockdowntest.Service) {
		open(t, s, 300)
		require.NoError(t, s.Send([]any{"DLMessageDisconnect", "x"}))
		_, err := s.Receive()
		require.ErrorIs(t, err, io.EOF)
	})
}

func Example() {
	for _, s := range backup.Services() {
		fmt.Println(s.Name)
	}
	// Output:
	// com.apple.mobilebackup2
	// com.apple.mobilebackup
	// com.apple.mobilesync
}
