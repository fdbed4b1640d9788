package activation_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service/activation"
	"github.com/plugfest/plugfest/phone/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type dict = map[string]any

func TestActivation(t *testing.T) {
	b := lockdowntest.NewBench(t, state.Options{NotActivated: true}, activation.Service())
	b.Run(func() {
		ask := func(m dict) dict {
			s := b.Service(activation.Name)
			reply, err := s.Exchange(m)
			require.NoError(t, err)
			_, err = s.Receive()
			require.ErrorIs(t, err, io.EOF, "one request a connection")
			return reply
		}
		state := func() any { return ask(dict{"Command": "GetActivationStateRequest"})["Value"] }
		require.Equal(t, "Unactivated", state())
		require.Len(t, ask(dict{"Command": "CreateTunnel1SessionInfoRequest"})["Value"].(dict)["HandshakeRequestMessage"], 32)
		for _, c := range []string{"CreateActivationInfoRequest", "CreateTunnel1ActivationInfoRequest"} {
			require.Equal(t, true, ask(dict{"Command": c})["Value"].(dict)["ActivationInfoComplete"])
		}
		require.Equal(t, dict{"Error": "MissingActivationRecord"}, ask(dict{"Command": "HandleActivationInfoRequest"}))
		require.Equal(t, "Unactivated", state())
		for _, c := range []string{"HandleActivationInfoRequest", "HandleActivationInfoWithSessionRequest"} {
			require.Equal(t, dict{"Value": true}, ask(dict{"Command": c, "Value": dict{"AccountToken": []byte("x")}}))
			require.Equal(t, "Activated", state())
			require.Equal(t, dict{"Value": true}, ask(dict{"Command": "DeactivateRequest"}))
			require.Equal(t, "Unactivated", state())
		}
		require.Equal(t, dict{"Error": "UnknownCommand"}, ask(dict{"Command": "Dance"}))
	})
}

func Example() {
	fmt.Println(activation.Service().Name)
	// Output: com.apple.mobileactivationd
}
