package phone

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
)

var media = control.F("Media", control.Values{control.F("Title", true), control.F("Duration", true), control.F("Artist", true)})
var playback = control.F("Playback", control.Values{control.F("Status", true), control.F("Elapsed", true), control.F("AppName", true)})

func musicList() []control.Field {
	return takes(control.MsgStartNowPlayingUpdates, control.MsgNowPlayingUpdate, control.MsgStopNowPlayingUpdates, control.MsgSetNowPlayingInformation)
}

const twoTracks = `
music:
  app: Player
  every: 500ms
  tracks:
    - {title: One, artist: A, duration: 1200ms}
    - {title: Two, artist: B, duration: 1h}
`

// Everything once, then what changes: twice a second the elapsed time, and the
// whole title when another begins.
func TestNowPlaying(t *testing.T) {
	play(t, twoTracks, func(x *script) {
		x.begin(musicList()...)
		x.send("StartNowPlayingUpdates", media, playback)
		from := x.w.Now()
		require.Equal(t, ` Media{Title="One" Duration=1200 Artist="A"} Playback{Status=playing Elapsed=0 AppName="Player"}`, x.dense("NowPlayingUpdate"))
		require.Equal(t, ` Playback{Elapsed=500}`, x.dense("NowPlayingUpdate"))
		require.Equal(t, ` Playback{Elapsed=1000}`, x.dense("NowPlayingUpdate"))
		require.Equal(t, 1000*ms, x.w.Now()-from)
		require.Equal(t, ` Media{Title="Two" Duration=3600000 Artist="B"} Playback{Elapsed=0}`, x.dense("NowPlayingUpdate"))
		require.Equal(t, ` Playback{Elapsed=500}`, x.dense("NowPlayingUpdate"))
		x.send("StopNowPlayingUpdates")
		x.quiet(time.Minute)
		require.NotContains(t, fmt.Sprint(x.w.Waits()), playing, "its process is gone")
	})
}

func TestMusicThatStandsStill(t *testing.T) {
	play(t, "music: {paused: true}", func(x *script) {
		x.begin(musicList()...)
		x.send("StartNowPlayingUpdates", playback)
		require.Equal(t, ` Playback{Status=paused Elapsed=0 AppName="Music"}`, x.dense("NowPlayingUpdate"))
		for range 3 { // updates come even when nothing changes
			require.Equal(t, ` Playback{Elapsed=0}`, x.dense("NowPlayingUpdate"))
		}
	})
	play(t, "music: {tracks: []}", func(x *script) {
		x.begin(musicList()...)
		x.send("StartNowPlayingUpdates", media, playback)
		require.Equal(t, ` Playback{Status=stopped}`, x.dense("NowPlayingUpdate"))
		require.Equal(t, ` Playback{Elapsed=0}`, x.dense("NowPlayingUpdate"))
		x.send("SetNowPlayingInformation", control.F("QueueIndex", 0))
		x.next("NowPlayingUpdate")
	})
}

// 5003 moves to another place or title.
func TestSetNowPlaying(t *testing.T) {
	play(t, twoTracks, func(x *script) {
		x.send("SetNowPlayingInformation", control.F("QueueIndex", 1)) // too early, and for nobody
		x.begin(musicList()...)
		x.send("SetNowPlayingInformation", control.F("QueueIndex", 1)) // nobody has asked for updates
		x.send("StartNowPlayingUpdates", media, playback)
		x.next("NowPlayingUpdate")
		x.send("SetNowPlayingInformation", control.F("QueueIndex", 1))
		require.Equal(t, ` Media{Title="Two" Duration=3600000 Artist="B"} Playback{Elapsed=0}`, x.dense("NowPlayingUpdate"))
		x.send("SetNowPlayingInformation", control.F("Elapsed", 60_000))
		require.Equal(t, ` Playback{Elapsed=60500}`, x.dense("NowPlayingUpdate"))
		x.send("SetNowPlayingInformation", control.F("QueueIndex", 9)) // there is none
		require.Equal(t, ` Playback{Elapsed=61000}`, x.dense("NowPlayingUpdate"))
	})
}

// A second 5000 replaces the first.
func TestNowPlayingAskedForTwice(t *testing.T) {
	play(t, twoTracks, func(x *script) {
		x.begin(musicList()...)
		x.send("StartNowPlayingUpdates", media, playback)
		x.next("NowPlayingUpdate")
		x.w.Sleep(200 * ms)
		x.send("StartNowPlayingUpdates", control.F("Playback", control.Values{control.F("Status", true)}))
		require.Equal(t, " Playback{Status=playing}", x.dense("NowPlayingUpdate"))
		x.quiet(time.Second) // no elapsed time was asked for, and the title was not either
	})
}

// artwork asks for pictures; file takes in what comes on the file transfer
// session until the file is whole.
var artwork = control.F("Media", control.Values{control.F("Title", true), control.F("ArtworkTransferID", true)})

func (x *script) file(r *filetransfer.Receiver) filetransfer.Event {
	x.t.Helper()
	for {
		payload, err := x.s.ReceiveFile(x.w.Now() + time.Minute)
		require.NoError(x.t, err)
		out, e, err := r.Handle(nil, payload)
		require.NoError(x.t, err)
		if len(out) > 0 {
			require.NoError(x.t, x.s.SendFile(out))
		}
		if e.Kind == filetransfer.Complete {
			return e
		}
	}
}

// The picture comes by itself, under the id that the title names.
func TestArtwork(t *testing.T) {
	play(t, "music: {every: 500ms, tracks: [{title: One, artwork: 100000}]}", func(x *script) {
		x.s.Files = true
		x.begin(musicList()...)
		x.send("StartNowPlayingUpdates", artwork)
		require.Equal(t, ` Media{Title="One" ArtworkTransferID=128}`, x.dense("NowPlayingUpdate"))
		e := x.file(&filetransfer.Receiver{})
		require.Equal(t, uint8(128), e.ID)
		require.Equal(t, uint16(filetransfer.TypeArtwork), e.Setup.Type)
		require.Len(t, e.Data, 100_000)
		img, err := jpeg.Decode(bytes.NewReader(e.Data))
		require.NoError(t, err)
		require.Equal(t, 8, img.Bounds().Dx())
		x.w.Sleep(time.Second)
		x.saw("file sent id=128 size=100000 result=done")
	})
}

// One file after the other; ids go on counting. A picture that a newer one has
// replaced before its turn is not sent.
func TestArtworkOfSeveralTitles(t *testing.T) {
	play(t, "music: {every: 100ms, tracks: [{title: One, artwork: 5000, duration: 1s}, {title: Two, artwork: 6000, duration: 1s}]}", func(x *script) {
		x.s.Files = true
		x.begin(musicList()...)
		x.send("StartNowPlayingUpdates", artwork)
		var r filetransfer.Receiver
		x.w.Sleep(2500 * ms) // three titles have been announced meanwhile
		for _, want := range []struct {
			id   uint8
			size int
		}{{128, 5000}, {130, 5000}} {
			e := x.file(&r)
			require.Equal(t, want.id, e.ID)
			require.Len(t, e.Data, want.size)
		}
		x.saw("file not sent id=129 why=a newer picture replaces it")
	})
}

// An accessory that never starts the transfer gets a cancel; one that fails or
// cancels it is not asked again.
func TestArtworkThatIsNotWanted(t *testing.T) {
	for name, tt := range map[string]struct {
		answer []byte
		state  string
		cancel bool
	}{
		"never started": {nil, "file sent id=128 size=5000 result=canceled", true},
		"canceled":      {[]byte{128, byte(filetransfer.CodeCancel)}, "file sent id=128 size=5000 result=canceled", false},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, "timing: {transfer: 3s}\nmusic: {every: 500ms, tracks: [{title: One, artwork: 5000}]}", func(x *script) {
				x.s.Files = true
				x.begin(musicList()...)
				x.send("StartNowPlayingUpdates", artwork)
				from := x.w.Now()
				payload, err := x.s.ReceiveFile(x.w.Now() + time.Second)
				require.NoError(t, err)
				d, err := filetransfer.Parse(payload)
				require.NoError(t, err)
				require.Equal(t, filetransfer.CodeSetup, d.Code)
				require.NoError(t, x.s.SendFile([]byte{200, byte(filetransfer.CodeStart)})) // of another transfer
				if tt.answer != nil {
					require.NoError(t, x.s.SendFile(tt.answer))
				} else {
					payload, err = x.s.ReceiveFile(x.w.Now() + time.Minute)
					require.NoError(t, err)
					require.Equal(t, []byte{128, byte(filetransfer.CodeCancel)}, payload)
					require.Equal(t, 3*time.Second, x.w.Now()-from)
				}
				x.w.Sleep(time.Second)
				x.saw(tt.state)
			})
		})
	}
}

func TestPicturesHaveTheSizeTheyShould(t *testing.T) {
	least := len(picture(0))
	for _, n := range []int{0, least, least + 4, least + 5, 1000, 65535, 65536 + least, 65541 + least, 100_000, 1 << 20} {
		got := picture(n)
		require.Len(t, got, max(n, least), "%d asked for", n)
		_, err := jpeg.Decode(bytes.NewReader(got))
		require.NoError(t, err)
	}
	require.Len(t, picture(least+3), least, "no room for a comment")
}
