package phone

import (
	"errors"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/carlife"
)

// CarLife is what the CarLife app does in a session.
type CarLife struct {
	Width     int             `yaml:"width"` // of the picture really sent; 0: as the head unit asked
	Height    int             `yaml:"height"`
	Rate      int             `yaml:"rate"`       // frames a second; 0: as asked, else 30
	Frames    int             `yaml:"frames"`     // how many it sends, then the screen stands still; 0: for ever
	FrameSize int             `yaml:"frame-size"` // bytes of an ordinary frame; 0: 16 KiB
	Flat      bool            `yaml:"flat"`       // every frame is as small as the first allows
	AtOnce    bool            `yaml:"at-once"`    // sends frames as fast as the cable takes them
	Seed      uint64          `yaml:"seed"`       // of the bytes of its frames; 0: that of the world
	Still     time.Duration   `yaml:"still"`      // how long the screen stands still before the app ends
	Exit      bool            `yaml:"exit"`       // ends with MD_EXIT after that
	Audio     bool            `yaml:"audio"`      // sends a second of music and of speech before the frames
	NoCrypt   bool            `yaml:"no-encryption"`
	Profile   carlife.Profile `yaml:"profile"` // of the head unit it faces: hu-app or cpp-lib
	Faults    string          `yaml:"faults"`  // names of carlife.Fault, joined with +
}

// runCarLife is the CarLife app in a session that join makes: it answers the head
// unit, streams, and ends. It reports whether it has ended itself.
func (p *Phone) runCarLife(app *App, join func(*carlife.Phone, session.CarLifeOptions) *session.CarLife) (exited bool, err error) {
	o := app.CarLife
	faults, err := carlife.ParseFault(o.Faults)
	if err != nil {
		return false, err
	}
	end, err := carlife.NewPhone(carlife.PhoneOptions{
		Profile: o.Profile, Width: o.Width, Height: o.Height, FrameRate: o.Rate,
		RefuseEncryption: o.NoCrypt, Random: p.w.Bytes(p.name + ": CarLife keys"), Faults: faults,
	})
	if err != nil {
		return false, err
	}
	c := &carLifeApp{p: p, o: o, end: end}
	c.moved.Init(p.w, p.name+": the CarLife session")
	c.CarLife = join(end, session.CarLifeOptions{Limits: carlife.DefaultLimits(o.Profile), State: p.state, On: c.event})
	c.Start()
	err = c.run()
	c.Wait(sim.Never)
	return c.exited, errors.Join(err, c.Err())
}

// carLifeApp is one running session of the app.
type carLifeApp struct {
	*session.CarLife
	p      *Phone
	o      CarLife
	end    *carlife.Phone
	moved  sim.Cond
	exited bool
}

// event runs between processes: it only wakes and records.
func (c *carLifeApp) event(ev carlife.Event) {
	switch ev := ev.(type) {
	case carlife.Touch:
		c.p.state("touch", sim.Int("x", ev.X), sim.Int("y", ev.Y))
	case carlife.KeyPress:
		c.p.state("hard key", sim.Text("key", ev.Key.String()))
	}
	c.moved.Broadcast()
}

// run streams what the options say.
func (c *carLifeApp) run() error {
	c.await(sim.Never, c.streaming)
	if c.Over() {
		return nil
	}
	if c.o.Audio {
		c.audio()
	}
	width, height, rate := c.end.Encoder()
	v := carlife.VideoOptions{Width: width &^ 1, Height: height &^ 1, FrameSize: c.o.FrameSize, Seed: c.o.Seed}
	if v.Seed == 0 {
		v.Seed = c.p.w.Seed()
	}
	if c.o.Flat {
		v.KeySize = v.FrameSize
	}
	source, err := carlife.NewVideoSource(v)
	if err != nil {
		c.end.Close(c.p.w.Now())
		c.Turn()
		return err
	}
	gap := time.Second / time.Duration(max(rate, 1))
	next := c.p.w.Now()
	for n := 0; (c.o.Frames == 0 || n < c.o.Frames) && !c.Over(); n++ {
		if !c.streaming() { // the head unit has paused the encoder
			c.await(sim.Never, c.streaming)
			next = c.p.w.Now()
		}
		if _, key := c.end.Streaming(); key {
			source.ForceKey()
		}
		if err := c.end.SendFrame(c.p.w.Now(), source.Next()); err != nil {
			break // over: the session knows why
		}
		c.Flush()
		if !c.o.AtOnce {
			next += gap
			c.p.w.SleepUntil(next)
		}
	}
	if c.o.Frames > 0 && c.o.Exit {
		c.await(c.p.w.Now()+c.o.Still, func() bool { return false })
		if !c.Over() {
			c.exited = true
			c.end.Exit(c.p.w.Now())
			c.Turn()
		}
	}
	return nil
}

func (c *carLifeApp) streaming() bool {
	ok, _ := c.end.Streaming()
	return ok
}

// audio plays a second of music and one of speech, in tenths: silence, as no
// bench listens.
func (c *carLifeApp) audio() {
	for _, s := range []carlife.Stream{carlife.StreamMedia, carlife.StreamTTS} {
		f := s.DefaultFormat()
		if c.end.InitAudio(c.p.w.Now(), s, f) != nil {
			return
		}
		tenth := make([]byte, f.SampleRate/10*f.Channels*f.Bits/8)
		for range 10 {
			if c.end.SendAudio(c.p.w.Now(), s, tenth) != nil {
				return
			}
			c.Flush()
		}
		c.end.StopAudio(c.p.w.Now(), s)
		c.Turn()
	}
}

// await waits for ok, the end of the session or the deadline.
func (c *carLifeApp) await(deadline time.Duration, ok func() bool) {
	c.moved.WaitFor(deadline, func() bool { return ok() || c.Over() })
}
