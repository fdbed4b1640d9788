package lockdown_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/lockdown"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

func TestFirstSession(t *testing.T) {
	b := bench(t, state.Options{Name: "Plugfest iPhone"})
	b.Run(func() {
		c := b.Connect()
		reply, err := c.Ask("QueryType", nil)
		require.NoError(t, err)
		require.Equal(t, dict{"Request": "QueryType", "Type": "com.apple.mobile.lockdown"}, reply)
		require.NoError(t, c.Pair(b.Host))
		require.Len(t, b.Host.EscrowBag(), 32)
		require.NoError(t, c.StartSession(b.Host))
		name, err := c.Value("", "DeviceName")
		require.NoError(t, err)
		require.Equal(t, "Plugfest iPhone", name)
		s, err := c.StartService(echo.Name)
		require.NoError(t, err)
		m := dict{"hello": "phone"}
		got, err := s.Exchange(m)
		require.NoError(t, err)
		require.Equal(t, m, got)
		require.NoError(t, c.StopSession())
		_, err = c.Ask("QueryType", nil) // in clear text again
		require.NoError(t, err)
	})
}

// Replies come in the form in which the request came.
func TestBothFormsOfPropertyLists(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Connect()
		for _, f := range []plist.Format{plist.Binary, plist.XML, plist.Binary} {
			c.Format = f
			_, err := c.Ask("QueryType", nil)
			require.NoError(t, err)
			require.Equal(t, f, c.Format)
		}
	})
}

func TestUnknownRequests(t *testing.T) {
	for name, c := range map[string]struct{ ask, want dict }{
		"unknown":     {dict{"Request": "MakeCoffee"}, dict{"Request": "MakeCoffee", "Error": "InvalidRequest"}},
		"no request":  {dict{"Label": "x"}, dict{"Error": "InvalidRequest"}},
		"not a text":  {dict{"Request": uint64(1)}, dict{"Error": "InvalidRequest"}},
		"bad domain":  {dict{"Request": "GetValue", "Domain": true}, dict{"Request": "GetValue", "Error": "InvalidRequest"}},
		"bad key":     {dict{"Request": "SetValue", "Key": []any{}}, dict{"Request": "SetValue", "Error": "InvalidRequest"}},
		"bad removal": {dict{"Request": "RemoveValue", "Key": 1.5}, dict{"Request": "RemoveValue", "Error": "InvalidRequest"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := bench(t, state.Options{})
			b.Run(func() {
				client := b.Connect()
				reply, err := client.Exchange(c.ask)
				require.NoError(t, err)
				require.Equal(t, c.want, reply)
				_, err = client.Ask("QueryType", nil) // the connection goes on
				require.NoError(t, err)
			})
		})
	}
}

func TestGoodbye(t *testing.T) {
	b := bench(t, state.Options{})
	b.Run(func() {
		c := b.Connect()
		reply, err := c.Ask("Goodbye", nil)
		require.NoError(t, err)
		require.Equal(t, dict{"Request": "Goodbye"}, reply)
		_, err = c.Receive()
		require.ErrorIs(t, err, io.EOF)
		require.Zero(t, b.Server.Ports().Connections())
	})
}

// A message that is no dictionary ends the connection; so does one that is no
// property list.
func TestNotAMessage(t *testing.T) {
	for _, v := range []any{"QueryType", []any{"QueryType"}, uint64(7)} {
		b := bench(t, state.Options{})
		b.Run(func() {
			c := b.Connect()
			require.NoError(t, c.Send(v))
			_, err := c.Receive()
			require.ErrorIs(t, err, io.EOF)
		})
		require.Contains(t, b.Find("state.lockdown", "connection ended").Get("why"), "want dictionary")
	}
}

// Since iOS 14.5 it takes a session; older phones go for anybody.
func TestEnterRecoveryWithoutSession(t *testing.T) {
	for version, want := range map[string]string{"12.5.3": "", "14.4": "", "14.5": "SessionInactive", "17.0": "SessionInactive"} {
		b := bench(t, state.Options{ProductVersion: version})
		went := false
		b.Phone.OnPower(func(p state.Power) { went = p == state.Recovery })
		b.Run(func() {
			_, err := b.Connect().Ask("EnterRecovery", nil)
			if want == "" {
				require.NoError(t, err, version)
			} else {
				require.Equal(t, want, code(t, err), version)
			}
			require.False(t, went, "the reply comes first")
			b.World.Sleep(2 * time.Second)
			require.Equal(t, want == "", went, version)
		})
	}
}

func TestEnterRecovery(t *testing.T) {
	b := bench(t, state.Options{})
	var went []state.Power
	b.Phone.OnPower(func(p state.Power) { went = append(went, p) })
	b.Run(func() {
		c := b.Connect()
		_, err := c.Ask("EnterRecovery", nil)
		require.Equal(t, "SessionInactive", code(t, err))
		c = b.Session()
		_, err = c.Ask("EnterRecovery", nil)
		require.NoError(t, err)
		_, err = c.Receive()
		require.Error(t, err)
		b.World.Sleep(2 * time.Second)
		require.Equal(t, []state.Power{state.Recovery}, went)
		near, far := b.World.Pipe("later")
		require.ErrorIs(t, b.Server.Ports().Connect(wire.Port, far), lockdown.ErrRefused)
		_ = near.Close()
		b.Phone.Power(state.Boot)
		b.Session()
	})
}

// Activation through lockdownd is of old phones.
func TestActivation(t *testing.T) {
	record := dict{"ActivationRecord": dict{"AccountToken": []byte("token")}}
	b := bench(t, state.Options{ProductVersion: "9.3", NotActivated: true})
	b.Run(func() {
		c := b.Connect()
		for _, request := range []string{"Activate", "Deactivate"} {
			_, err := c.Ask(request, record)
			require.Equal(t, "SessionInactive", code(t, err))
		}
		c = b.Session()
		for _, step := range []struct {
			request string
			args    dict
			want    string
			state   string
		}{
			{"Activate", nil, "MissingActivationRecord", "Unactivated"},
			{"Activate", dict{"ActivationRecord": "x"}, "InvalidActivationRecord", "Unactivated"},
			{"Activate", dict{"ActivationRecord": dict{}}, "InvalidActivationRecord", "Unactivated"},
			{"Activate", record, "", "Activated"},
			{"Deactivate", nil, "", "Unactivated"},
		} {
			_, err := c.Ask(step.request, step.args)
			require.Equal(t, step.want, code(t, err))
			v, err := c.Value("", "ActivationState")
			require.NoError(t, err)
			require.Equal(t, step.state, v)
		}
	})
	b = bench(t, state.Options{})
	b.Run(func() {
		for _, request := range []string{"Activate", "Deactivate"} {
			_, err := b.Session().Ask(request, record)
			require.Equal(t, "InvalidRequest", code(t, err))
		}
	})
}

// Before iOS 5 a reply says Result; later ones say Error, and never both.
func TestResultOfOldPhones(t *testing.T) {
	for version, want := range map[string][2]dict{
		"4.3.5": {
			{"Request": "QueryType", "Type": "com.apple.mobile.lockdown", "Result": "Success"},
			{"Request": "GetValue", "Key": "SerialNumber", "Result": "Failure"},
		},
		"5.0": {
			{"Request": "QueryType", "Type": "com.apple.mobile.lockdown"},
			{"Request": "GetValue", "Key": "SerialNumber", "Error": "GetProhibited"},
		},
	} {
		b := bench(t, state.Options{ProductVersion: version})
		b.Run(func() {
			c := b.Connect()
			got, err := c.Exchange(dict{"Request": "QueryType"})
			require.NoError(t, err)
			require.Equal(t, want[0], got)
			got, err = c.Exchange(dict{"Request": "GetValue", "Key": "SerialNumber"})
			require.NoError(t, err)
			require.Equal(t, want[1], got)
		})
	}
}
