package phone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

var chip30 = testca.Test().MustIssue(mfi.Gen30, 1)

// The times of the capture: the phone leaves 75 ms after the request, and
// addresses an accessory that attaches 205 ms after it at 380 ms.
func TestTheTimesOfTheRoleSwitch(t *testing.T) {
	onCable(t, "", func(b *bench) {
		conn := b.phone()
		asked := b.w.Now()
		_, err := b.control(conn, false, reqRoleSwitch, 0, 0, 0)
		require.NoError(t, err)
		b.w.SleepUntil(asked + 205*ms)
		require.Nil(t, b.cable.B().Attached())
		c := b.attach()
		require.True(t, c.WaitConfigured(b.w.Now()+time.Second))
		at := func(d time.Duration) string { return (asked + d).String() + " " }
		b.has(at(0)+"phone role switch accepted", at(75*ms)+"phone detach", at(75*ms)+"phone host mode",
			at(205*ms)+"car attach", at(373*ms)+"phone enumerated")
		require.Equal(t, asked+383*ms, b.w.Now(), "configured")
	})
}

// The capture's own figures come from the persona: another phone is as slow as
// it says.
func TestASlowPhone(t *testing.T) {
	onCable(t, "timing: {attach: 1s, drop: 500ms}", func(b *bench) {
		b.phone()
		b.has("1s phone attach")
		asked := b.w.Now()
		b.switchRole(1)
		require.Equal(t, asked+500*ms, b.w.Now())
	})
}

// A phone that swallows the request stays a device, and can be asked again.
func TestASilentPhone(t *testing.T) {
	onCable(t, "role-switch: {silent: true}", func(b *bench) {
		conn := b.phone()
		for range 2 {
			_, err := b.control(conn, false, reqRoleSwitch, 0, 0, 0)
			require.NoError(t, err)
			b.w.Sleep(time.Minute)
			require.NotNil(t, b.cable.B().Attached())
		}
	})
}

// A phone that nobody attaches to goes back after its patience, and can be asked
// again.
func TestNoAccessoryComes(t *testing.T) {
	onCable(t, "", func(b *bench) {
		for range 3 {
			b.switchRole(0)
			from := b.w.Now()
			b.phone()
			require.Equal(t, from+12*time.Second, b.at("phone device mode"))
			require.Equal(t, from+12*time.Second+320*ms, b.at("phone attach"))
		}
	})
}

// at returns when something happened last.
func (b *bench) at(what string) time.Duration {
	b.t.Helper()
	for i := len(b.log) - 1; i >= 0; i-- {
		if len(b.log[i]) > len(what) && b.log[i][len(b.log[i])-len(what):] == what {
			d, err := time.ParseDuration(b.log[i][:len(b.log[i])-len(what)-1])
			require.NoError(b.t, err)
			return d
		}
	}
	b.t.Fatalf("never: %s", what)
	return 0
}

// Without VBUS a phone is no host: it goes back at once, wherever it is.
func TestVBUSIsSwitchedOff(t *testing.T) {
	for name, when := range map[string]func(b *bench){
		"before the accessory": func(b *bench) { b.w.Sleep(time.Second) },
		"with an accessory": func(b *bench) {
			x := b.accessory(b.attach())
			x.begin()
			b.w.Sleep(time.Second)
		},
		"during the enumeration": func(b *bench) {
			b.attach()
			b.w.Sleep(160 * ms)
		},
		"before SET_CONFIGURATION": func(b *bench) {
			b.attach()
			b.w.Sleep(170 * ms)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onCable(t, "", func(b *bench) {
				b.switchRole(0)
				when(b)
				off := b.w.Now()
				b.cable.A().SetVBUS(false)
				b.w.Sleep(20 * ms)
				require.Less(t, b.at("phone device mode")-off, 20*ms)
				b.cable.A().Detach()
				b.cable.A().SetVBUS(true)
				b.switchRole(0) // as ever
			})
		})
	}
}

// A gadget that is no accessory is left alone, and another may come within the
// same patience.
func TestSomethingElseIsAttached(t *testing.T) {
	onCable(t, "", func(b *bench) {
		b.switchRole(0)
		d := &usb.Descriptors{Speed: usb.High, Device: usb.DeviceDescriptor{USB: 0x0200, MaxPacketSize0: 64},
			Configs: []usb.ConfigDescriptor{{Value: 1, Interfaces: []usb.Interface{{Alternates: []usb.Alternate{{Class: 8, SubClass: 6, Protocol: 0x50}}}}}}}
		disk := usb.NewGadget(b.w, "disk", d, nil)
		require.NoError(t, b.cable.A().Attach(disk))
		require.False(t, disk.WaitConfigured(b.w.Now()+5*time.Second))
		b.cable.A().Detach()
		x := b.accessory(b.attach())
		x.begin()
	})
}

// When the accessory leaves, the phone is a device again.
func TestTheAccessoryLeaves(t *testing.T) {
	onCable(t, "", func(b *bench) {
		b.switchRole(0)
		x := b.accessory(b.attach())
		x.begin()
		left := b.w.Now()
		b.cable.A().Detach()
		x.s.Close()
		b.phone()
		require.Equal(t, left, b.at("phone accessory left"))
		require.Equal(t, left+320*ms, b.at("phone attach"))
	})
}

// The native transport: 300 ms after the app is up the phone selects alternate
// setting 1 of the interface whose string is the protocol's name, and goes back
// to 0 when the app closes.
func TestNativeTransport(t *testing.T) {
	const first, second = "com.example.first", "com.example.second"
	persona := "apps: [{bundle: b, protocols: [" + second + "], behaviour: source, bytes: 3000, close: true, foreground: true}]"
	for name, tt := range map[string]struct {
		strings []string // of the interfaces
		want    uint8
	}{
		"by name":                      {[]string{second, first}, 1},
		"by order, where names differ": {[]string{"a", "b"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			onCable(t, persona, func(b *bench) {
				b.switchRole(0)
				c := b.attach(tt.strings...)
				x := b.accessory(c)
				native := func(id int, name string) control.Values {
					return append(protocol(id, name), control.F("NativeTransportComponentID", 0))
				}
				x.begin(control.F("SupportedExternalAccessoryProtocol", []control.Values{native(0, first), native(1, second)}))
				from := b.w.Now()
				require.True(t, c.WaitAlternate(tt.want, 1, from+time.Second))
				require.Equal(t, 300*ms, b.w.Now()-from)
				data := make([]byte, 3000)
				n := 0
				for n < 3000 {
					k, err := c.pair(1 + tt.want).Read(data[n:])
					require.NoError(t, err)
					n += k
				}
				require.NoError(t, new(session.Pattern).Check(data))
				require.True(t, c.WaitAlternate(tt.want, 0, b.w.Now()+time.Second))
			})
		})
	}
}

func TestNativeTransportThatIsNotThere(t *testing.T) {
	onCable(t, app("behaviour: echo, foreground: true"), func(b *bench) {
		b.switchRole(0)
		c := b.attach()
		x := b.accessory(c)
		x.begin(control.F("SupportedExternalAccessoryProtocol", append(protocol(0, navigator), control.F("NativeTransportComponentID", 0))))
		b.w.Sleep(time.Second)
		b.has(b.at("phone accessory ready").String() + " phone accessory ready")
		require.Contains(t, b.log[len(b.log)-1], "phone session refused")
		require.Empty(t, c.alts)
	})
}

// A link that is reset ends the native session: alternate setting 0, and 1 again
// when the accessory has identified itself anew.
func TestALinkResetClosesTheNativeTransport(t *testing.T) {
	onCable(t, app("behaviour: echo, foreground: true"), func(b *bench) {
		b.switchRole(0)
		c := b.attach(navigator)
		x := b.accessory(c)
		native := control.F("SupportedExternalAccessoryProtocol", append(protocol(0, navigator), control.F("NativeTransportComponentID", 0)))
		for range 3 {
			x.begin(native)
			require.True(t, c.WaitAlternate(1, 1, b.w.Now()+time.Second))
			_, err := c.pair(2).Write([]byte("hello"))
			require.NoError(t, err)
			x.s.Link().Reset(b.w.Now())
			x.s.Turn()
			require.True(t, c.WaitAlternate(1, 0, b.w.Now()+time.Second))
			require.NoError(t, x.s.WaitUp(b.w.Now()+5*time.Second))
		}
		require.Equal(t, []string{"1:1", "1:0", "1:1", "1:0", "1:1", "1:0"}, c.alts)
	})
}

// The reset may come at any time while the transport is being opened: nothing
// stays open, and nothing is opened after it.
func TestALinkResetOvertakesTheNativeTransport(t *testing.T) {
	opened := 0
	for after := 290 * ms; after < 310*ms; after += 500 * time.Microsecond {
		onSlowCable(t, app("behaviour: echo, foreground: true"), time.Millisecond, func(b *bench) {
			b.switchRole(0)
			c := b.attach(navigator)
			x := b.accessory(c)
			x.begin(control.F("SupportedExternalAccessoryProtocol", append(protocol(0, navigator), control.F("NativeTransportComponentID", 0))))
			b.w.Sleep(after)
			x.s.Link().Reset(b.w.Now())
			x.s.Turn()
			b.w.Sleep(5 * time.Second)
			require.Zero(t, c.Alternate(1), "after %v: %v", after, c.alts)
			require.Contains(t, []int{0, 2}, len(c.alts), "after %v: %v", after, c.alts)
			opened += len(c.alts) / 2
			down, last := b.at("phone link down"), b.log[len(b.log)-1]
			require.NotContains(t, last, "session open", "after %v, the link went at %v", after, down)
		})
	}
	require.Greater(t, opened, 5, "some resets came too late")
	require.Less(t, opened, 35, "and some early enough")
}

// A hundred plugs and unplugs, at every stage of a connection, leave no process,
// no callback and no growing list behind.
func TestNothingIsLeftAfterUnplugging(t *testing.T) {
	onCable(t, app("behaviour: source, bytes: 100000000, foreground: true"), func(b *bench) {
		b.w.Sleep(time.Second)
		living := func() []sim.Wait {
			b.w.Sleep(30 * time.Second)
			return b.w.Waits()
		}
		b.cable.Unplug()
		before := living()
		for round := range 100 {
			b.cable.Plug()
			var x *script
			stage := func(n int) bool { return round%7 >= n }
			if stage(1) {
				b.switchRole(0)
			}
			var c *car
			if stage(2) {
				c = b.attach(navigator)
			}
			if stage(3) {
				x = b.accessory(c)
			}
			if stage(4) {
				x.authenticate()
			}
			if stage(5) {
				x.identify(control.F("SupportedExternalAccessoryProtocol", append(protocol(0, navigator), control.F("NativeTransportComponentID", 0))))
			}
			if stage(6) {
				require.True(t, c.WaitAlternate(1, 1, b.w.Now()+time.Second))
			}
			b.w.Sleep(time.Duration(round%13) * 7 * ms)
			b.cable.Unplug()
			if x != nil {
				x.s.Close()
			}
			b.cable.A().Detach()
			b.w.Sleep(15 * time.Second)
		}
		after := living()
		require.Len(t, after, len(before), "%v", after)
		for i := range after {
			require.Equal(t, before[i].Process, after[i].Process)
			require.Equal(t, before[i].For, after[i].For)
		}
		b.cable.Plug()
		b.switchRole(0)
		b.accessory(b.attach()).begin()
	})
}
