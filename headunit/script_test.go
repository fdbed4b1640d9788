package headunit

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"periph.io/x/conn/v3/i2c"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

const ms = time.Millisecond

// model returns the default model with what the YAML says.
func model(t testing.TB, yaml string) Model {
	t.Helper()
	m, err := LoadModel(DefaultModel)
	require.NoError(t, err)
	require.NoError(t, m.Overlay([]byte(yaml)))
	return m
}

// load returns an embedded model.
func load(t testing.TB, name string) Model {
	t.Helper()
	m, err := LoadModel(name)
	require.NoError(t, err)
	return m
}

// newChip is a good chip on a bus of its own.
func newChip(t testing.TB, w *sim.World, gen mfi.Generation, faults chip.Faults) i2c.Bus {
	t.Helper()
	c, err := chip.New(chip.Config{Model: chip.ForGeneration(gen), Identity: testca.Test().MustIssue(gen, 1), Faults: faults, Seed: 1})
	require.NoError(t, err)
	return chip.NewBus(w, c)
}

// script plays a phone against a head unit, message by message, over a pipe
// without any delay.
type script struct {
	t      testing.TB
	w      *sim.World
	s      *session.IAP2
	h      *HeadUnit
	states []string // what the head unit told of itself: "kind key=value ..."
}

// play runs a script against a head unit with what the YAML says.
func play(t *testing.T, yaml string, main func(*script)) {
	t.Helper()
	playOn(t, model(t, yaml), link.Config{}, nil, main)
}

// playOn is play with a model, a link of the phone's, and a bus for the chip;
// nil is a good chip of generation 3.0.
func playOn(t *testing.T, m Model, c link.Config, bus func(*sim.World) i2c.Bus, main func(*script)) {
	t.Helper()
	w := sim.New(sim.TimeLimit(24 * time.Hour))
	x := &script{t: t, w: w, h: New(w, "car", m)}
	w.Observe(x.note)
	if bus == nil {
		bus = func(w *sim.World) i2c.Bus { return newChip(t, w, mfi.Gen30, chip.Faults{}) }
	}
	require.NoError(t, w.Run(func() {
		near, far := w.Pipe("cable")
		x.s = session.NewIAP2(w, "phone", near, link.New(link.Device, c))
		served := false
		w.Go("car", func() {
			x.h.Serve(far, bus(w))
			served = true
		})
		x.s.Start()
		require.NoError(t, x.s.WaitUp(5*time.Second))
		main(x)
		x.s.Close()
		w.Sleep(time.Minute) // longer than any try of the chip
		require.True(t, served, "Serve has returned")
		require.Empty(t, w.Waits(), "no process of the head unit's is left")
	}))
}

func (x *script) note(e *sim.Event) {
	if e.Layer != "state" {
		return
	}
	text := e.Kind
	for _, f := range e.Fields {
		text += fmt.Sprintf(" %s=%s", f.Key, f.Value())
	}
	x.states = append(x.states, text)
}

// message receives the next message, which must have this name and be as the
// catalogue has it.
func (x *script) message(name string) control.Message {
	x.t.Helper()
	m, err := x.s.Receive(x.w.Now() + time.Minute)
	require.NoError(x.t, err, "waiting for %s", name)
	require.Equal(x.t, name, control.Name(m.ID))
	require.NoError(x.t, control.Validate(m, control.FromAccessory).Err())
	return m
}

// next is message, decoded.
func (x *script) next(name string) *control.Decoded {
	x.t.Helper()
	d, err := control.Decode(x.message(name))
	require.NoError(x.t, err)
	return d
}

// dense is message, as one line without id and name.
func (x *script) dense(name string) string {
	x.t.Helper()
	return control.Dense(x.message(name))[len("0000 ")+len(name):]
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

func (x *script) saw(state string) {
	x.t.Helper()
	require.Contains(x.t, x.states, state)
}

// authenticate has the head unit prove itself.
func (x *script) authenticate() {
	x.t.Helper()
	x.send("RequestAuthenticationCertificate")
	blob, ok := x.next("AuthenticationCertificate").Bytes("Certificate")
	require.True(x.t, ok)
	cert, err := testca.Verifier{}.Certificate(blob)
	require.NoError(x.t, err)
	challenge := make([]byte, cert.ChallengeSize())
	for i := range challenge {
		challenge[i] = byte(i)
	}
	x.send("RequestAuthenticationChallengeResponse", control.F("Challenge", challenge))
	signature, ok := x.next("AuthenticationResponse").Bytes("Signature")
	require.True(x.t, ok)
	require.NoError(x.t, testca.Verifier{}.Response(cert, challenge, signature))
	x.send("AuthenticationSucceeded")
}

// identify takes the identification and accepts it.
func (x *script) identify() *control.Identification {
	x.t.Helper()
	x.send("StartIdentification")
	m := x.message("IdentificationInformation")
	require.Empty(x.t, control.CheckIdentification(m, control.USBHostTransport))
	id, err := control.ReadIdentification(m.Clone())
	require.NoError(x.t, err)
	x.send("IdentificationAccepted")
	return id
}

// begin is authentication and identification.
func (x *script) begin() *control.Identification {
	x.t.Helper()
	x.authenticate()
	return x.identify()
}

// reset resets the link and waits for the next.
func (x *script) reset() {
	x.t.Helper()
	x.s.Link().Reset(x.w.Now())
	x.s.Turn()
	require.NoError(x.t, x.s.WaitUp(x.w.Now()+5*time.Second))
}
