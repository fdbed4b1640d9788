package pages_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/headunit"
	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/chip"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/phone"
	"github.com/plugfest/plugfest/scenarios"
	"github.com/plugfest/plugfest/scenarios/bench"
	"github.com/plugfest/plugfest/scenarios/scenariotest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// The tests below are shown in README.md and doc/go.md.

func TestSlowGadget(t *testing.T) {
	s, err := scenarios.Parse("slow-gadget.yaml", []byte(`
id: mine/slow-gadget
title: A head unit that takes two seconds to become a gadget
headunit: {timing: {gadget: 2s}}
script:
  - do plug
  - within 1s headunit > usb.request "role switch" result=ok
  - within 3s headunit > usb attach
  - within 2s phone > iap2.control AuthenticationSucceeded
`))
	require.NoError(t, err)
	scenariotest.Run(t, bench.New, s)
}

func TestBuiltin(t *testing.T) {
	all, err := scenarios.Builtin()
	require.NoError(t, err)
	cases, err := scenarios.Pick(all, []string{"role", "unplug/challenge"})
	require.NoError(t, err)
	sum := scenarios.Run(cases, scenarios.Options{Bench: bench.New, Seeds: []uint64{1, 2, 3}})
	for i := range sum.Results {
		if r := &sum.Results[i]; r.Verdict != scenarios.Pass {
			t.Errorf("%s: %s\n%s", r.Name(), r.Verdict, r.Detail())
		}
	}
}

func TestWorld(t *testing.T) {
	w := sim.New(sim.Seed(7))
	ready := w.NewCond("the answer")
	var answer int
	w.Go("server", func() {
		w.Sleep(30 * time.Second)
		answer = 42
		ready.Signal()
	})
	err := w.Run(func() {
		ok := ready.WaitFor(w.Now()+time.Minute, func() bool { return answer != 0 })
		require.True(t, ok)
	})
	require.NoError(t, err)
	require.Equal(t, 30*time.Second, w.Now())
}

func TestConnection(t *testing.T) {
	persona, err := phone.LoadPersona("iphone-14")
	require.NoError(t, err)
	require.NoError(t, persona.Overlay([]byte(`timing: {certificate: 2s}`)))
	model, err := headunit.LoadModel("carlife")
	require.NoError(t, err)

	w := sim.New(sim.Seed(7))
	rec := trace.NewRecorder()
	w.Observe(dissect.New(rec.Observe).Observe)
	cable := usb.NewCable(w, usb.CableOptions{A: "headunit", B: "phone", HostB: persona.Enumeration()})
	part, err := chip.New(chip.Config{Model: chip.MFi30(), Identity: testca.Test().MustIssue(mfi.Gen30, 1)})
	require.NoError(t, err)
	phone.New(w, "phone", persona).Start(cable.B(), cable.B())
	headunit.New(w, "headunit", model).Start(cable.A(), cable.A(), chip.NewBus(w, part))

	require.NoError(t, w.Run(func() { w.Sleep(10 * time.Second) }))
	asked := rec.Select("iap2.control", "AuthenticationCertificate")
	challenged := rec.Select("iap2.control", "RequestAuthenticationChallengeResponse")
	require.Len(t, asked, 1)
	require.Len(t, challenged, 1)
	require.GreaterOrEqual(t, challenged[0].At-asked[0].At, 2*time.Second)
}

func TestOwnHost(t *testing.T) {
	persona, err := phone.LoadPersona("iphone-14")
	require.NoError(t, err)
	w := sim.New()
	cable := usb.NewCable(w, usb.CableOptions{A: "host", B: "phone"})
	phone.New(w, "phone", persona).Start(cable.B(), cable.B())

	err = w.Run(func() {
		watch := cable.A().Watch()
		defer watch.Close()
		ev, ok := watch.Next(w.Now() + time.Second)
		require.True(t, ok)
		require.Equal(t, uint16(0x05AC), ev.Info.Device.VendorID)

		conn, err := cable.A().Open(ev.Info.ID)
		require.NoError(t, err)
		roleSwitch := usb.Setup{RequestType: usb.TypeVendor | usb.ToDevice, Request: 0x51}
		_, err = usb.Control(w, conn, roleSwitch, nil, time.Second)
		require.NoError(t, err)

		ev, ok = watch.Next(w.Now() + time.Second)
		require.True(t, ok)
		require.Equal(t, usb.Detached, ev.Kind)
	})
	require.NoError(t, err)
}

func TestLinkOverPipe(t *testing.T) {
	w := sim.New()
	a, b := w.Pipe("serial line")
	accessory := session.NewIAP2(w, "accessory", a, link.New(link.Accessory, link.DefaultAccessory()))
	device := session.NewIAP2(w, "device", b, link.New(link.Device, link.Config{}))
	accessory.Start()
	device.Start()

	err := w.Run(func() {
		require.NoError(t, accessory.WaitUp(5*time.Second))
		require.NoError(t, device.WaitUp(5*time.Second))
		require.NoError(t, accessory.Send(control.Build("RequestAppLaunch",
			control.F("BundleID", "com.example.navigator"), control.F("LaunchMethod", "without-alert"))))
		m, err := device.Receive(w.Now() + time.Second)
		require.NoError(t, err)
		require.Equal(t, control.MsgRequestAppLaunch, m.ID)
		bundle, err := m.Params.Find(0).Text()
		require.NoError(t, err)
		require.Equal(t, "com.example.navigator", bundle)
	})
	require.NoError(t, err)
}

func TestChip(t *testing.T) {
	part, err := chip.New(chip.Config{
		Model:    chip.MFi20C(),
		Identity: testca.Test().MustIssue(mfi.Gen20, 1),
		Faults:   chip.Faults{SigningTime: 1900 * time.Millisecond},
	})
	require.NoError(t, err)
	w := sim.New()
	bus := chip.NewBus(w, part)

	err = w.Run(func() {
		c, err := mfi.Open(bus, w, mfi.Options{})
		require.NoError(t, err)
		certificate, err := c.Certificate()
		require.NoError(t, err)
		challenge := make([]byte, mfi.Gen20.ChallengeSize())
		signature, err := c.Sign(challenge)
		require.NoError(t, err)
		require.NoError(t, testca.Verifier{}.VerifyResponse(certificate, challenge, signature))
	})
	require.NoError(t, err)
	require.Greater(t, w.Now(), 1900*time.Millisecond)
}

func TestSameSeedSameTrace(t *testing.T) {
	run := func(seed uint64) string {
		hash := trace.NewHash()
		s := &scenarios.Scenario{ID: "mine/stream", Title: "Some video", Script: []scenarios.Step{
			scenarios.Do{Action: "plug"},
			scenarios.MustStep("repeat 30 within 5s phone > carlife VIDEO_DATA"),
		}}
		sum := scenarios.Run([]*scenarios.Scenario{s}, scenarios.Options{
			Bench: bench.New,
			Seeds: []uint64{seed},
			Observe: func(w *sim.World, _ scenarios.Trial) (scenarios.Observer, error) {
				w.Observe(hash.Observe)
				return nil, nil
			},
		})
		require.Equal(t, scenarios.Pass, sum.Results[0].Verdict)
		return hash.String()
	}
	require.Equal(t, run(7), run(7))
	require.NotEqual(t, run(7), run(8))
}

func TestGatewayOutside(t *testing.T) {
	w := sim.New(sim.RealTime())
	inside, far := w.Pipe("service")
	client := w.Export(inside) // an ordinary net.Conn, for code outside of the world
	done := make(chan error, 1)
	go func() {
		_, err := client.Write(link.AppendMarker(nil))
		client.Close()
		done <- err
	}()
	err := w.Run(func() {
		got := make([]byte, 6)
		_, err := far.Read(got)
		require.NoError(t, err)
		require.Equal(t, []byte{0xFF, 0x55, 0x02, 0x00, 0xEE, 0x10}, got)
	})
	require.NoError(t, err)
	require.NoError(t, <-done)
}
