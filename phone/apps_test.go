package phone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// The persona's navigator echoes; launch asks for it.
func (x *script) launch(method string) {
	x.t.Helper()
	x.send("RequestAppLaunch", control.F("BundleID", navigator), control.F("LaunchMethod", method))
}

func TestLaunchWithoutAlert(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		x.launch("without-alert")
		x.after(250*ms, "StartExternalAccessoryProtocolSession")
		x.saw("app up bundle=" + navigator)
	})
}

// The user takes three seconds, then the app comes up.
func TestLaunchWithAPrompt(t *testing.T) {
	for name, fields := range map[string][]control.Field{
		"asked for":             {control.F("BundleID", navigator), control.F("LaunchMethod", "ask")},
		"no method":             {control.F("BundleID", navigator)},
		"a method of no name":   {control.F("BundleID", navigator), control.F("LaunchMethod", 7)},
		"a method of two bytes": {control.F("BundleID", navigator), control.F("LaunchMethod", control.Raw{0, 1})},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, "", func(x *script) {
				x.begin()
				x.send("RequestAppLaunch", fields...)
				x.after(3*time.Second+250*ms, "StartExternalAccessoryProtocolSession")
			})
		})
	}
}

// What does not lead to an app leaves no message on the wire, and the link
// stays.
func TestLaunchesThatLeadToNothing(t *testing.T) {
	ask := []control.Field{control.F("BundleID", navigator), control.F("LaunchMethod", "ask")}
	for name, tt := range map[string]struct {
		persona string
		fields  []control.Field
		state   string
	}{
		"no bundle id":      {"", []control.Field{control.F("LaunchMethod", 1)}, "launch ignored why=no bundle id that can be read"},
		"empty bundle id":   {"", []control.Field{control.F("BundleID", "")}, "launch ignored why=no bundle id that can be read"},
		"no NUL":            {"", []control.Field{control.F("BundleID", control.Raw(navigator))}, "launch ignored why=no bundle id that can be read"},
		"app missing":       {"", []control.Field{control.F("BundleID", "com.example.absent")}, "app missing bundle=com.example.absent"},
		"the user declines": {"user: {declines: true}", ask, "launch declined bundle=" + navigator},
		"the user ignores":  {"user: {ignores: true}", ask, "prompt ignored bundle=" + navigator},
		"no protocol in common": {"apps: [{bundle: " + navigator + ", protocols: [com.example.other], behaviour: echo}]", ask,
			"app up bundle=" + navigator},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, tt.persona, func(x *script) {
				x.begin()
				x.send("RequestAppLaunch", tt.fields...)
				x.quiet(time.Minute)
				x.saw(tt.state)
				require.Equal(t, 1, x.s.Ups())
			})
		})
	}
}

// A declined prompt may be shown again; one that nobody answers stays, and no
// second one comes up.
func TestRepeatedLaunches(t *testing.T) {
	play(t, "user: {declines: true}", func(x *script) {
		x.begin()
		for range 3 {
			x.launch("ask")
			x.quiet(10 * time.Second)
		}
		require.Equal(t, 3, count(x.states, "launch declined bundle="+navigator))
	})
	play(t, "user: {ignores: true}", func(x *script) {
		x.begin()
		for range 3 {
			x.launch("ask")
			x.quiet(10 * time.Second)
		}
		require.Equal(t, 1, count(x.states, "prompt ignored bundle="+navigator))
		require.Equal(t, 2, count(x.states, "launch ignored why=one is under way bundle="+navigator))
	})
	play(t, "", func(x *script) {
		x.begin()
		x.launch("without-alert")
		x.launch("without-alert")
		x.after(250*ms, "StartExternalAccessoryProtocolSession")
		x.launch("without-alert") // up, with a session: nothing to do
		x.quiet(time.Minute)
	})
}

func count(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// An app that is up opens its session by itself, without EA02.
func TestAnAppThatIsUp(t *testing.T) {
	play(t, "apps: [{bundle: "+navigator+", protocols: ["+navigator+"], behaviour: echo, foreground: true}]", func(x *script) {
		x.begin()
		x.after(0, "StartExternalAccessoryProtocolSession")
	})
}

// A launch that the loss of the link overtakes opens nothing on the new link.
func TestALaunchDoesNotOutliveItsLink(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin()
		x.launch("ask")
		x.w.Sleep(time.Second)
		x.s.Link().Reset(x.w.Now())
		x.s.Turn()
		require.NoError(t, x.s.WaitUp(x.w.Now()+5*time.Second))
		x.begin()
		x.quiet(time.Minute)
		require.NotContains(t, x.states, "app up bundle="+navigator)
		x.launch("without-alert")
		x.next("StartExternalAccessoryProtocolSession")
	})
}

// A message that the accessory has not listed is not honoured, unless the
// persona says so.
func TestAnUndeclaredLaunch(t *testing.T) {
	undeclared := control.F("MessagesSentByAccessory", []uint16{control.MsgStatusExternalAccessoryProtocolSession})
	play(t, "", func(x *script) {
		x.begin(undeclared)
		x.launch("without-alert")
		x.quiet(time.Minute)
		x.saw("message ignored message=RequestAppLaunch why=the accessory does not list it")
	})
	play(t, "identification: {take-undeclared: true}", func(x *script) {
		x.begin(undeclared)
		x.launch("without-alert")
		x.next("StartExternalAccessoryProtocolSession")
	})
}
