package lockdown_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/lockdown/lockdowntest"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ms     = time.Millisecond
	second = time.Second
)

// echo is a service that sends back what it gets.
var echo = service.Service{Name: "com.example.echo", Serve: func(s *service.Session) error {
	for {
		v, err := s.Receive()
		if err != nil {
			return err
		}
		if err := s.Send(v); err != nil {
			return err
		}
	}
}}

// variant returns echo with changes.
func variant(name string, change func(*service.Service)) service.Service {
	v := echo
	v.Name = "com.example." + name
	change(&v)
	return v
}

// bench is a bench with a few services.
func bench(t testing.TB, o state.Options) *lockdowntest.Bench {
	return lockdowntest.NewBench(t, o, echo,
		variant("insecure", func(v *service.Service) { v.Insecure = true }),
		variant("open", func(v *service.Service) { v.Open = true }),
		variant("developer", func(v *service.Service) { v.Developer = true }),
		variant("clear", func(v *service.Service) { v.Clear = true }),
		variant("future", func(v *service.Service) { v.IOS.Since = state.MustVersion("99.0") }),
		variant("pad", func(v *service.Service) { v.Classes = []string{"iPad"} }),
	)
}

type dict = map[string]any

// code returns the error string of a reply, "" if there is none.
func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e wire.Error
	if !errors.As(err, &e) {
		require.NoError(t, err)
	}
	return string(e)
}
