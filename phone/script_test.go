package phone

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

const ms = time.Millisecond

// persona returns the default persona.
func persona(t testing.TB) Persona {
	t.Helper()
	p, err := LoadPersona(DefaultPersona)
	require.NoError(t, err)
	return p
}

// overlaid returns the default persona with what the YAML says.
func overlaid(t testing.TB, yaml string) Persona {
	t.Helper()
	p := persona(t)
	require.NoError(t, p.Overlay([]byte(yaml)))
	return p
}

// script plays an accessory against a phone, message by message, over a pipe
// without any delay: all the time that passes is the phone's own.
type script struct {
	t      testing.TB
	w      *sim.World
	s      *session.IAP2
	p      *Phone
	chip   *testca.Accessory
	states []string // what the phone told of itself: "kind key=value ..."
}

// play runs a script against a phone with what the YAML says.
func play(t *testing.T, yaml string, main func(*script)) {
	t.Helper()
	playOn(t, overlaid(t, yaml), link.DefaultAccessory(), main)
}

// playOn is play with a persona, over a link that begins with the given SYN.
func playOn(t *testing.T, p Persona, c link.Config, main func(*script)) {
	t.Helper()
	w := sim.New(sim.TimeLimit(time.Hour))
	x := &script{t: t, w: w, p: New(w, "phone", p), chip: testca.Test().MustIssue(mfi.Gen30, 1)}
	w.Observe(func(e *sim.Event) {
		if e.Layer == "state" {
			text := e.Kind
			for _, f := range e.Fields {
				text += fmt.Sprintf(" %s=%s", f.Key, f.Value())
			}
			x.states = append(x.states, text)
		}
	})
	require.NoError(t, w.Run(func() {
		near, far := w.Pipe("cable")
		x.s = session.NewIAP2(w, "accessory", near, link.New(link.Accessory, c))
		served := false
		w.Go("phone", func() {
			x.p.Serve(far, control.USBHostTransport)
			served = true
		})
		x.s.Start()
		require.NoError(t, x.s.WaitUp(5*time.Second))
		main(x)
		x.s.Close()
		w.Sleep(time.Minute) // longer than any prompt or launch
		require.True(t, served, "Serve has returned")
		require.Empty(t, w.Waits(), "no process of the phone's is left")
	}))
}

// next receives the next message, which must have this name and be as the
// catalogue has it.
func (x *script) next(name string) *control.Decoded {
	x.t.Helper()
	m, err := x.s.Receive(x.w.Now() + time.Minute)
	require.NoError(x.t, err, "waiting for %s", name)
	require.Equal(x.t, name, control.Name(m.ID))
	require.NoError(x.t, control.Validate(m, control.FromDevice).Err())
	d, err := control.Decode(m)
	require.NoError(x.t, err)
	return d
}

// dense is next, as one line.
func (x *script) dense(name string) string {
	x.t.Helper()
	m, err := x.s.Receive(x.w.Now() + time.Minute)
	require.NoError(x.t, err, "waiting for %s", name)
	require.Equal(x.t, name, control.Name(m.ID))
	require.NoError(x.t, control.Validate(m, control.FromDevice).Err())
	return control.Dense(m)[len("0000 ")+len(name):]
}

// after is next, and requires that it took the phone exactly so long.
func (x *script) after(d time.Duration, name string) *control.Decoded {
	x.t.Helper()
	from := x.w.Now()
	m := x.next(name)
	require.Equal(x.t, d, x.w.Now()-from, "time to %s", name)
	return m
}

// quiet requires that nothing comes for so long.
func (x *script) quiet(d time.Duration) {
	x.t.Helper()
	m, err := x.s.Receive(x.w.Now() + d)
	require.ErrorIs(x.t, err, session.ErrTimeout, "came: %s", control.Name(m.ID))
}

func (x *script) send(name string, fields ...control.Field) {
	x.t.Helper()
	require.NoError(x.t, x.s.Send(control.Build(name, fields...)))
}

// saw reports whether the phone told this of itself.
func (x *script) saw(state string) {
	x.t.Helper()
	require.Contains(x.t, x.states, state)
}

// authenticate answers as a good chip does.
func (x *script) authenticate() {
	x.t.Helper()
	x.next("RequestAuthenticationCertificate")
	x.send("AuthenticationCertificate", control.F("Certificate", x.chip.Certificate()))
	challenge, _ := x.next("RequestAuthenticationChallengeResponse").Bytes("Challenge")
	signature, err := x.chip.Sign(challenge)
	require.NoError(x.t, err)
	x.send("AuthenticationResponse", control.F("Signature", signature))
	x.next("AuthenticationSucceeded")
}

// identify identifies with these parameters instead of the usual ones.
func (x *script) identify(changes ...control.Field) {
	x.t.Helper()
	x.next("StartIdentification")
	x.send("IdentificationInformation", identification(changes...)...)
	x.next("IdentificationAccepted")
}

// begin authenticates and identifies.
func (x *script) begin(changes ...control.Field) {
	x.t.Helper()
	x.authenticate()
	x.identify(changes...)
}

// identification is an accessory with one protocol inside the link, or what the
// changes say; a nil value leaves a parameter out.
func identification(changes ...control.Field) control.Values {
	v := control.Values{
		control.F("Name", "Script"), control.F("ModelIdentifier", "S-1"), control.F("Manufacturer", "Plugfest"),
		control.F("SerialNumber", "1"), control.F("FirmwareVersion", "1"), control.F("HardwareVersion", "1"),
		control.F("MessagesSentByAccessory", sent()), control.F("MessagesReceivedFromDevice", received()),
		control.F("PowerProvidingCapability", "none"), control.F("MaximumCurrentDrawnFromDevice", 0),
		control.F("SupportedExternalAccessoryProtocol", protocol(0, navigator)),
		control.F("CurrentLanguage", "en"), control.F("SupportedLanguage", []string{"en", "de"}),
		control.F("USBHostTransportComponent", transport()),
	}
	for _, c := range changes {
		i := slices.IndexFunc(v, func(f control.Field) bool { return f.Name == c.Name })
		switch {
		case i >= 0 && c.Value == nil:
			v = slices.Delete(v, i, i+1)
		case i >= 0:
			v[i] = c
		default:
			v = append(v, c)
		}
	}
	return v
}

const navigator = "com.example.navigator"

func protocol(id int, name string) control.Values {
	return control.Values{control.F("ID", id), control.F("Name", name), control.F("MatchAction", "offer-app")}
}

func transport(more ...control.Field) control.Values {
	return append(control.Values{control.F("ID", 0), control.F("Name", "USB"), control.F("SupportsIAP2", true)}, more...)
}

// sent is the list of messages that the accessory sends: those of sessions and
// launches, and more.
func sent(more ...uint16) []uint16 {
	return append([]uint16{control.MsgRequestAppLaunch, control.MsgStatusExternalAccessoryProtocolSession}, more...)
}

// received is the list of messages that it takes.
func received(more ...uint16) []uint16 {
	return append([]uint16{control.MsgStartExternalAccessoryProtocolSession, control.MsgStopExternalAccessoryProtocolSession}, more...)
}

// takes changes the lists: messages of either direction are sorted by sender.
func takes(ids ...uint16) []control.Field {
	s, r := sent(), received()
	for _, id := range ids {
		if control.Lookup(id).Sender == control.FromAccessory {
			s = append(s, id)
		} else {
			r = append(r, id)
		}
	}
	return []control.Field{control.F("MessagesSentByAccessory", s), control.F("MessagesReceivedFromDevice", r)}
}
