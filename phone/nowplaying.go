package phone

import (
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
)

// Music is what the phone plays.
type Music struct {
	App    string  `yaml:"app"`    // its display name
	Bundle string  `yaml:"bundle"` // its bundle id
	Paused bool    `yaml:"paused"`
	Tracks []Track `yaml:"tracks"` // in turn, over and over; none: nothing is played
	// Every is how often the state is told. An iPhone tells it about twice a
	// second, even when nothing changes (redline-labs/digital_dashboard, on
	// hardware).
	Every time.Duration `yaml:"every"`
}

// A Track is a title that is played.
type Track struct {
	Title    string        `yaml:"title"`
	Artist   string        `yaml:"artist"`
	Album    string        `yaml:"album"`
	Genre    string        `yaml:"genre"`
	Duration time.Duration `yaml:"duration"`
	Artwork  int           `yaml:"artwork"` // size of its picture in bytes; 0: it has none
}

// player is the music of one subscription.
type player struct {
	*service
	music           Music
	media, playback control.Nodes // what is wanted
	i               int           // the track
	elapsed         time.Duration
	changed         bool // the track, or the place in it, by order of the accessory
}

// startPlaying takes 5000. Updates are deltas: everything comes once, and then
// what changes; a tick has the elapsed time alone.
func (a *accessory) startPlaying(d *control.Decoded) {
	if !a.takes(control.MsgNowPlayingUpdate) {
		return
	}
	pl := &player{music: a.p.p.Music}
	if n := d.Find("Media"); n != nil {
		pl.media = n.Nodes
	}
	if n := d.Find("Playback"); n != nil {
		pl.playback = n.Nodes
	}
	a.player = pl
	a.startService(playing, func(s *service) {
		pl.service = s
		pl.run()
		if a.player == pl {
			a.player = nil
		}
	})
}

// setPlaying takes 5003.
func (a *accessory) setPlaying(d *control.Decoded) {
	pl := a.player
	if pl == nil || pl.service == nil || len(pl.music.Tracks) == 0 {
		return
	}
	if i, ok := d.Uint("QueueIndex"); ok && i < uint64(len(pl.music.Tracks)) {
		pl.i, pl.elapsed, pl.changed = int(i), 0, true
	}
	if ms, ok := d.Uint("Elapsed"); ok {
		pl.elapsed = min(time.Duration(ms)*time.Millisecond, pl.track().Duration)
	}
	pl.Nudge()
}

func (pl *player) track() *Track { return &pl.music.Tracks[pl.i] }

// run tells the state until it is stopped.
func (pl *player) run() {
	if !pl.update(pl.newTrack(), pl.state()) {
		return
	}
	for pl.pause() {
		media := control.Values(nil)
		playback := control.Values{control.F("Elapsed", pl.elapsed.Milliseconds())}
		if pl.changed {
			pl.changed = false
			media = pl.newTrack()
			playback = append(playback, control.F("QueueIndex", pl.i))
		}
		if !pl.update(media, asked(pl.playback, playback...)) {
			return
		}
	}
}

// pause lets the music play until the next update is due.
func (pl *player) pause() bool {
	from := pl.a.w.Now()
	due := from + pl.music.Every
	if !pl.WaitUntil(due, func() bool { return pl.changed }) {
		return false
	}
	if pl.changed || pl.music.Paused || len(pl.music.Tracks) == 0 {
		return true
	}
	pl.elapsed += pl.a.w.Now() - from
	if t := pl.track(); t.Duration > 0 && pl.elapsed >= t.Duration {
		pl.i = (pl.i + 1) % len(pl.music.Tracks)
		pl.elapsed, pl.changed = 0, true
	}
	return true
}

// update sends the groups that have something in them.
func (pl *player) update(media, playback control.Values) bool {
	var fields []control.Field
	if len(media) > 0 {
		fields = append(fields, control.F("Media", media))
	}
	if len(playback) > 0 {
		fields = append(fields, control.F("Playback", playback))
	}
	if len(fields) == 0 {
		return !pl.Over()
	}
	return pl.tell("NowPlayingUpdate", fields...)
}

// newTrack describes the track, and sets its picture on the way where that is
// wanted and there is a session for it.
func (pl *player) newTrack() control.Values {
	if len(pl.music.Tracks) == 0 {
		return nil
	}
	t := pl.track()
	fields := []control.Field{
		control.F("PersistentID", uint64(pl.i)+1), control.F("Title", t.Title),
		control.F("MediaType", 1), control.F("Duration", t.Duration.Milliseconds()),
		control.F("AlbumTitle", t.Album), control.F("TrackNumber", pl.i+1), control.F("TrackCount", len(pl.music.Tracks)),
		control.F("Artist", t.Artist), control.F("Genre", t.Genre), control.F("ResidentOnDevice", true),
	}
	if t.Artwork > 0 && pl.media.Has("ArtworkTransferID") {
		if id, ok := pl.a.sendFile(filetransfer.TypeArtwork, picture(t.Artwork)); ok {
			fields = append(fields, control.F("ArtworkTransferID", id))
		}
	}
	return asked(pl.media, fields...)
}

// state is everything about the playback.
func (pl *player) state() control.Values {
	status := "playing"
	switch {
	case len(pl.music.Tracks) == 0:
		return asked(pl.playback, control.F("Status", "stopped"))
	case pl.music.Paused:
		status = "paused"
	}
	pl.a.p.state("playing", sim.Text("title", pl.track().Title))
	return asked(pl.playback,
		control.F("Status", status), control.F("Elapsed", pl.elapsed.Milliseconds()),
		control.F("QueueIndex", pl.i), control.F("QueueCount", len(pl.music.Tracks)),
		control.F("Shuffle", "off"), control.F("Repeat", "all"),
		control.F("AppName", pl.music.App), control.F("Speed", 100),
		control.F("SetElapsedAvailable", true), control.F("QueueListAvailable", false),
		control.F("AppBundleID", pl.music.Bundle))
}
