package scenarios_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/scenarios"
)

// parseLine is what Parse says of a script of one line.
func parseLine(line string) error {
	_, err := scenarios.Parse("t.yaml", []byte("id: a\ntitle: b\nscript:\n  - '"+line+"'\n"))
	return err
}

// What no event can be is refused where it stands, with the name that was meant.
func TestMisspeltWords(t *testing.T) {
	for _, c := range []struct{ line, at, want string }{
		{"within 1s phone > iap2.contrl StartIdentification", "iap2.contrl",
			"no layer iap2.contrl; did you mean iap2.control?; there are usb, i2c, tls, socket, usb.request, usbmux, lockdown, usbmuxd, iap2.link, iap2.control, iap2.ea, iap2.file, ea.native, carlife, mfi"},
		{"within 1s phone > iap.* data", "iap.*", "no layer iap.*; there are usb, "},
		{"within 1s phone > bluetooth connected", "bluetooth", "no layer bluetooth; there are usb, "},
		{"within 1s phone > iap2.control AuthentcationSucceeded", "AuthentcationSucceeded",
			"no event of layer iap2.control is called AuthentcationSucceeded; did you mean AuthenticationSucceeded?"},
		{"within 1s phone > iap2.control authenticationfailed", "authenticationfailed", "did you mean AuthenticationFailed?"},
		{"quiet 1s phone > iap2.control StartIdentification|RequestApLaunch", "RequestApLaunch", "did you mean RequestAppLaunch?"},
		{"within 1s phone > carlife VIDEO_ENCODER_INT -- a note", "VIDEO_ENCODER_INT", "did you mean VIDEO_ENCODER_INIT"},
		{"repeat 3 within 1s * > iap2.* anouncement", "anouncement", "no event of layer iap2.* is called anouncement"},
		{"within 1s headunit > usb.request roll switch carplay=0", "roll switch", "did you mean role switch?"},
		{"within 1s headunit > usb.request \"role switch*\"", "\"role switch*\"", "no event of layer usb.request is called \"role switch*\"; did you mean role switch?"},
		{"within 1s phone > usb attached", "attached", "did you mean attach"},
		{"within 1s phone > iap2.link sinack", "sinack", "did you mean synack?"},
		{"within 1s phone > mfi sign", "sign", "no event of layer mfi is called sign; there are read, write, nack"},
		{"within 1s phone > i2c nack", "nack", "no event of layer i2c is called nack; there are read, write"},
		{"within 1s phone > ea.native opened", "opened", "did you mean open?"},
		{"within 1s phone > iap2.file start1", "start1", "did you mean start?"},
		{"within 1s phone > iap2.ea open", "open", "there are data, close, malformed"},
		{"quiet 1s phone > carlife VIDOE_*", "VIDOE_*", "no event of layer carlife has a kind like VIDOE_*"},
	} {
		err := parseLine(c.line)
		var e *scenarios.Error
		require.ErrorAs(t, err, &e, c.line)
		require.Contains(t, e.Msg, c.want, c.line)
		at := strings.Index(c.line, c.at)
		if strings.HasPrefix(c.at, `"`) {
			at++ // the word in the quotes
		}
		require.Equal(t, 6+at, e.Col, "%s: %s", c.line, err)
	}
}

func TestWordsThatThereAre(t *testing.T) {
	for _, pattern := range []string{
		"phone > usb attach", "* > * *", "* > *", "phone > usb.* attach", "phone > usb.* GET_DESCRIPTOR", "headunit > usb.request role switch",
		"headunit > usb.request role switch*", "headunit > usb.request vendor request", "phone > iap2.control malformed|unknown message",
		"phone > carlife VIDEO_*|undecodable", "phone > iap2.file first data", "phone > iap2.* Authentication*", "phone > iap2.link bad payload",
		"phone > x.mine anything at all", "phone > x.* anything",
	} {
		require.NoError(t, parseLine("quiet 1s "+pattern), pattern)
	}
	s := scenario("a/b", "within 1s phone > iap2.link sinack")
	require.EqualError(t, s.Check(), "a/b: no event of layer iap2.link is called sinack; did you mean synack?")
	s = scenario("a/b", "quiet 1s phone > usb")
	s.Never = []scenarios.Pattern{scenarios.MustPattern("phone > usbb attach")}
	require.ErrorContains(t, s.Check(), "no layer usbb; did you mean usb?")
}
