package headunit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

func TestEveryModelLoads(t *testing.T) {
	files, err := filepath.Glob("models/*.yaml")
	require.NoError(t, err)
	require.Len(t, Models(), len(files))
	require.Contains(t, Models(), DefaultModel)
	for _, name := range Models() {
		m := load(t, name)
		require.NoError(t, m.Check(), name)
		syn := New(sim.New(), "car", m).linkConfig().Syn
		require.NoError(t, syn.Validate(), name)
		require.NoError(t, newGadget(New(sim.New(), "car", m)).core.Descriptors().Check(), name)
	}
}

// The link profiles are those of the wild, field by field.
func TestLinksOfTheModels(t *testing.T) {
	for name, want := range map[string]link.Syn{
		"dji-goggles":      link.DJIGoggles().Syn,
		"audi-mh2p":        link.MH2pUSB().Syn,
		"carplay-zero-ack": link.CarkitZeroAck().Syn,
	} {
		got := New(sim.New(), "car", load(t, name)).linkConfig().Syn
		want.Sessions, got.Sessions = nil, got.Sessions[:0:0]
		got.Sessions = nil
		require.Equal(t, want, got, name)
	}
	zero := New(sim.New(), "car", load(t, "carplay-zero-ack")).linkConfig()
	require.Equal(t, link.CarkitZeroAck().Syn.Sessions, zero.Syn.Sessions)
	require.True(t, zero.Syn.ZeroAck())
	require.True(t, zero.Eager)
}

func TestWhatTheModelsAre(t *testing.T) {
	goggles, audi := load(t, "dji-goggles"), load(t, "audi-mh2p")
	require.Empty(t, goggles.Launch.Bundle)
	require.Equal(t, []uint16{0xAE00, 0xAE02}, goggles.Ident.Sends)
	require.True(t, goggles.Protocols[0].Native)
	require.True(t, audi.Role.CarPlay)
	require.False(t, audi.Ident.CarPlay, "4300 is absent from its firmware")
	require.Equal(t, 205*time.Millisecond, audi.Timing.Gadget+75*time.Millisecond, "what a model leaves out is as in the default one")
}

func TestAModelThatIsNotThere(t *testing.T) {
	_, err := LoadModel("horse")
	require.ErrorContains(t, err, `there is no "horse"; there are `+strings.Join(Models(), ", "))
}

func TestModelOverlay(t *testing.T) {
	got := model(t, "timing: {wait: 3s}\nprotocols: []")
	want := model(t, "")
	want.Timing.Wait, want.Protocols = 3*time.Second, []Protocol{}
	require.Equal(t, want, got)
}

func TestModelsThatNoHeadUnitCanBe(t *testing.T) {
	native := "{name: a, native: true, behaviour: echo}"
	for yaml, want := range map[string]string{
		"identty: {}":                                                              "identty",
		"identification: {locaton: true}":                                          "locaton",
		"timing: {wait: long}":                                                     "long",
		"link: {sessions: [{id: 1, type: voice}]}":                                 `headunit: model: link session 1 has type "voice"; want control, file-transfer or external-accessory`,
		"protocols: [{name: x, behaviour: dance}]":                                 `headunit: model: protocol x: behaviour is "dance"; want carlife, echo, source, sink or duplex`,
		"protocols: [{name: x, behaviour: sink, bytes: -1}]":                       "headunit: model: protocol x: bytes is -1; want 0 or more",
		"protocols: [{name: x, behaviour: carlife, carlife: {faults: none-such}}]": "headunit: model: protocol x: carlife.faults: ",
		"protocols: [" + strings.Repeat(native+", ", 15) + "]":                     "headunit: model: 15 protocols are native; a gadget has endpoints for 14",
		"position: {every: 0s}":                                                    "headunit: model: position.every is 0s; want more than 0",
		"position: {latitude: 90}":                                                 "headunit: model: position.latitude is 90; want -85 to 85 degrees",
		"position: {latitude: .nan}":                                               "headunit: model: position.latitude is NaN; want -85 to 85 degrees",
		"position: {longitude: -181}":                                              "headunit: model: position.longitude is -181; want -180 to 180 degrees",
		"position: {course: 360}":                                                  "headunit: model: position.course is 360; want 0 up to 360 degrees",
		"position: {speed: 300}":                                                   "headunit: model: position.speed is 300; want 0 to 200 metres a second",
		"vehicle: {engine: steam}":                                                 `headunit: model: vehicle.engine is "steam"; want gasoline, diesel, electric or cng`,
		"wifi: {security: rot13}":                                                  `headunit: model: wifi.security is "rot13"; want none, wep, wpa-wpa2, wpa3-transition or wpa3-only`,
	} {
		_, err := ParseModel([]byte(yaml))
		require.ErrorContains(t, err, want, yaml)
	}
}

// FuzzModel: no text makes the reader panic, and what it accepts can build its
// identification.
func FuzzModel(f *testing.F) {
	for _, name := range Models() {
		text, err := os.ReadFile("models/" + name + ".yaml")
		require.NoError(f, err)
		f.Add(text)
	}
	f.Add([]byte("identification: {no-nul: true, double-id: true}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseModel(text)
		if err != nil {
			return
		}
		require.NoError(t, m.Check())
		h := New(sim.New(), "car", m)
		h.identification(false) // an error at most: a NUL inside a text
		newGadget(h)
	})
}
