package phone

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryPersonaLoads(t *testing.T) {
	files, err := filepath.Glob("personas/*.yaml")
	require.NoError(t, err)
	require.Len(t, Personas(), len(files))
	require.Contains(t, Personas(), DefaultPersona)
	serials := map[string]string{}
	for _, name := range Personas() {
		t.Run(name, func(t *testing.T) {
			p, err := LoadPersona(name)
			require.NoError(t, err)
			require.NoError(t, p.Check())
			require.Contains(t, []int{24, 40}, len(p.SerialNumber), "characters of the serial number")
			require.Empty(t, serials[p.SerialNumber], "two phones with one serial number")
			serials[p.SerialNumber] = name
			require.NoError(t, descriptors(p, modeInitial).Check())
			require.Equal(t, uint16(0x05AC), p.USB.VendorID)
		})
	}
}

// The personas differ where it matters.
func TestWhatThePersonasAre(t *testing.T) {
	load := func(name string) Persona {
		p, err := LoadPersona(name)
		require.NoError(t, err)
		return p
	}
	old, pad, road := load("iphone-6"), load("ipad"), load("iphone-15-driving")
	require.Len(t, old.SerialNumber, 40)
	require.False(t, old.RoleSwitch.CarPlay)
	require.True(t, old.RoleSwitch.Plain)
	require.Equal(t, uint16(0x12AB), pad.USB.ProductID)
	require.True(t, pad.Cellular.Absent)
	require.Len(t, road.Route.Maneuvers, 4)
	require.Len(t, road.Calls, 1)
	require.Equal(t, 2001, road.Clock.Epoch)
	require.Equal(t, uint16(0x12A8), old.USB.ProductID, "what a persona leaves out is as in the default one")
	require.Equal(t, 75*time.Millisecond, old.Timing.Drop)
}

func TestAPersonaThatIsNotThere(t *testing.T) {
	_, err := LoadPersona("nokia-3310")
	require.EqualError(t, err, `phone: persona: there is no "nokia-3310"; there are `+strings.Join(Personas(), ", "))
}

func TestOverlaySetsWhatItNames(t *testing.T) {
	p := persona(t)
	require.NoError(t, p.Overlay([]byte("battery: 3\ntiming: {drop: 1s}\nrole-switch: {carplay: false}")))
	want := persona(t)
	want.Battery, want.Timing.Drop, want.RoleSwitch.CarPlay = 3, time.Second, false
	require.Equal(t, want, p)

	require.NoError(t, p.Overlay([]byte("apps: []\n")))
	require.Empty(t, p.Apps, "a list replaces the list")
	require.NoError(t, p.Overlay([]byte("  \n")))
	require.Equal(t, 3, p.Battery)
}

// An overlay of one phone must not reach another: lists are not shared.
func TestPersonasShareNothing(t *testing.T) {
	a, b := persona(t), persona(t)
	a.Apps[0].Bundle = "changed"
	require.Equal(t, "com.baidu.carlife", b.Apps[0].Bundle)
}

func TestAFileOfTheUsersOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: Mine\nbattery: 7\n"), 0o600))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	p, err := ParsePersona(text)
	require.NoError(t, err)
	want := persona(t)
	want.Name, want.Battery = "Mine", 7
	require.Equal(t, want, p)
}

func TestPersonasThatNoPhoneCanBe(t *testing.T) {
	for yaml, want := range map[string]string{
		"batery: 3":                                       "batery",
		"timing: {dorp: 3s}":                              "dorp",
		"battery: much":                                   "cannot construct !!str `much` into int",
		"timing: {drop: soon}":                            "soon",
		"authentication: {accept: everything}":            `phone: persona: authentication.accept is "everything"; want test-ca, signature, any or anything`,
		"authentication: {fail-at: start}":                `phone: persona: authentication.fail-at is "start"; want certificate or response`,
		"apps: [{bundle: x, behaviour: dance}]":           `phone: persona: app x: behaviour is "dance"; want carlife, echo, source, sink or duplex`,
		"apps: [{bundle: x, behaviour: sink, bytes: -1}]": "phone: persona: app x: bytes is -1; want 0 or more",
		"apps: [{bundle: x, behaviour: carlife, carlife: {faults: nonsense}}]": "phone: persona: app x: carlife.faults: ",
		"apps: [{bundle: x, behaviour: carlife, carlife: {at-once: true}}]":    "phone: persona: app x: carlife.at-once is set without carlife.frames",
		"clock: {epoch: 1980}":                                          "phone: persona: clock.epoch is 1980; want 1970 or 2001",
		"cellular: {bars: 6}":                                           "phone: persona: cellular.bars is 6; want 0 to 5",
		"cellular: {registration: lost}":                                `phone: persona: cellular.registration is "lost"; want unknown, `,
		"calls: [{status: angry, direction: incoming}]":                 `phone: persona: calls[0].status is "angry"; want disconnected, `,
		"calls: [{status: active, direction: up}]":                      `phone: persona: calls[0].direction is "up"; want incoming or outgoing`,
		"music: {every: 0s}":                                            "phone: persona: music.every is 0s; want more than 0",
		"music: {tracks: [{duration: -1s}]}":                            "phone: persona: music.tracks[0].duration is -1s; want 0 or more",
		"music: {tracks: [{artwork: 9000000}]}":                         "phone: persona: music.tracks[0].artwork is 9000000; want 0 to 1048576 bytes",
		"route: {every: 0s, maneuvers: [{type: no-turn, distance: 1}]}": "phone: persona: route.every is 0s; want more than 0",
		"route: {speed: 0, maneuvers: [{type: no-turn, distance: 1}]}":  "phone: persona: route.speed is 0; want 1 to 1000 metres a second",
		"route: {maneuvers: [{type: no-turn, distance: 0}]}":            "phone: persona: route.maneuvers[0].distance is 0; want 1 to 10000000 metres",
		"route: {maneuvers: [{type: somersault, distance: 1}]}":         `phone: persona: route.maneuvers[0].type is "somersault"; want no-turn, left-turn, `,
	} {
		_, err := ParsePersona([]byte(yaml))
		require.ErrorContains(t, err, want, yaml)
	}
}

// FuzzPersona: no text makes the reader panic, and what it accepts can be a
// phone.
func FuzzPersona(f *testing.F) {
	for _, name := range Personas() {
		text, err := os.ReadFile("personas/" + name + ".yaml")
		require.NoError(f, err)
		f.Add(text)
	}
	f.Add([]byte("apps: [{bundle: x}]"))
	f.Add([]byte("music: {tracks: [{duration: 1h}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePersona(text)
		if err == nil {
			require.NoError(t, p.Check())
		}
	})
}
