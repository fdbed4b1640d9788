package link

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// model is a link whose every packet is at the mercy of rapid: it may arrive,
// get lost, come twice, overtake or be damaged, at any time. The applications
// and what they check are those of lossyLink.
type model struct {
	lossyLink
	queues [2][][]byte // by the end that sent
}

// mostOvertaken keeps packets younger than the protocol can tell apart.
const mostOvertaken = 8

func newModel(t *rapid.T) *model {
	m := &model{}
	syn := testTerms()
	syn.MaxOutstanding = rapid.Uint8Range(3, 40).Draw(t, "window")
	accessory := Config{Syn: syn, DetectTimeout: -1, Eager: rapid.Bool().Draw(t, "eager")}
	device := Config{Syn: Syn{MaxOutstanding: rapid.Uint8Range(3, 40).Draw(t, "device window")}, DetectTimeout: -1}
	if rapid.Bool().Draw(t, "draw numbers") {
		a, d := rapid.Uint8().Draw(t, "accessory number"), rapid.Uint8().Draw(t, "device number")
		accessory.InitialSeq = func() uint8 { a += 77; return a }
		device.InitialSeq = func() uint8 { d += 77; return d }
	}
	m.ends = [2]*Engine{New(Accessory, accessory), New(Device, device)}
	for _, e := range m.ends {
		e.Start(0)
	}
	m.collect()
	if rapid.IntRange(0, 3).Draw(t, "up") > 0 {
		m.finish(t)
	}
	return m
}

// collect takes output and events of both ends.
func (m *model) collect() {
	for end, e := range m.ends {
		for b, ok := e.NextOutput(); ok; b, ok = e.NextOutput() {
			m.queues[end] = append(m.queues[end], bytes.Clone(b))
		}
		for ev, ok := e.Poll(); ok; ev, ok = e.Poll() {
			m.event(end, ev)
		}
	}
}

// take removes a packet that is under way from an end, one of the first few.
func (m *model) take(t *rapid.T, end int) []byte {
	q := m.queues[end]
	if len(q) == 0 {
		t.Skip("nothing under way")
	}
	i := rapid.IntRange(0, min(mostOvertaken, len(q))-1).Draw(t, "which")
	b := q[i]
	m.queues[end] = append(q[:i:i], q[i+1:]...)
	return b
}

func (m *model) sendMessage(end, n int) {
	a, e := &m.apps[end], m.ends[end]
	if !e.Writable() {
		return
	}
	b := message(nil, end, 1, a.epoch, a.sent, n)
	if err := e.Send(m.now, 1, b); err != nil {
		m.fail(end, "send: %v", err)
	}
	a.sent++
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		end := rapid.IntRange(0, 1)
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				m.sendMessage(end.Draw(t, "end"), rapid.IntRange(0, 600).Draw(t, "bytes"))
			},
			"arrive": func(t *rapid.T) {
				from := end.Draw(t, "from")
				for range min(len(m.queues[from]), rapid.IntRange(1, 20).Draw(t, "packets")) {
					m.ends[1-from].Feed(m.now, m.queues[from][0])
					m.queues[from] = m.queues[from][1:]
				}
			},
			"overtake": func(t *rapid.T) {
				from := end.Draw(t, "from")
				m.ends[1-from].Feed(m.now, m.take(t, from))
			},
			"twice": func(t *rapid.T) {
				from := end.Draw(t, "from")
				b := m.take(t, from)
				m.ends[1-from].Feed(m.now, b)
				m.ends[1-from].Feed(m.now, b)
			},
			"lose": func(t *rapid.T) { m.take(t, end.Draw(t, "from")) },
			"damage": func(t *rapid.T) {
				from := end.Draw(t, "from")
				b := m.take(t, from)
				b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				m.ends[1-from].Feed(m.now, b)
			},
			"wait": func(t *rapid.T) {
				m.now += time.Duration(rapid.IntRange(1, 1500).Draw(t, "ms")) * time.Millisecond
				for _, e := range m.ends {
					e.Tick(m.now)
				}
			},
			"reset": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
					m.ends[end.Draw(t, "end")].Reset(m.now)
				}
			},
			"": func(t *rapid.T) {
				m.collect()
				m.check(t)
			},
		})
		m.finish(t)
	})
}

// check holds after every step.
func (m *model) check(t *rapid.T) {
	require.NoError(t, m.err)
	for _, e := range m.ends {
		s := &e.snd
		require.LessOrEqual(t, s.inflight, s.q.len())
		require.Equal(t, e.up(), m.apps[e.role].up, "the state is what events said")
		if !e.up() {
			require.Zero(t, s.q.len(), "a queue without a link")
			continue
		}
		require.LessOrEqual(t, s.inflight, int(e.terms.MaxOutstanding), "outstanding")
		require.Less(t, e.rcv.span, maxWindow+1)
		require.LessOrEqual(t, e.rcv.span, e.window(), "kept early")
		resends, unsent := 0, 0
		for i := range s.q.len() {
			if v := s.q.at(i); i >= s.inflight {
				unsent += len(v.buf)
			} else if v.resend {
				resends++
			}
		}
		require.Equal(t, resends, s.resends)
		require.Equal(t, unsent, s.unsent)
	}
}

// finish lets everything arrive from now on: both ends come up, and all that
// was sent since is delivered.
func (m *model) finish(t *rapid.T) {
	for range 10000 {
		for from := range m.queues {
			for _, b := range m.queues[from] {
				m.ends[1-from].Feed(m.now, b)
			}
			m.queues[from] = nil
		}
		m.collect()
		require.NoError(t, m.err)
		if len(m.queues[0])+len(m.queues[1]) > 0 {
			continue
		}
		if m.complete() {
			return
		}
		next := m.now + time.Second
		for _, e := range m.ends {
			if at, ok := e.Deadline(); ok {
				next = min(next, at)
			}
		}
		m.now = max(m.now, next)
		for _, e := range m.ends {
			e.Tick(m.now)
		}
		m.collect()
	}
	t.Fatalf("not done; %s", m.describe())
}

// complete reports whether both ends are up and everything has arrived.
func (m *model) complete() bool {
	for i := range m.apps {
		a, b := &m.apps[i], &m.apps[1-i]
		if !a.up || b.received != a.sent || a.sent > 0 && b.peerEpoch != a.epoch {
			return false
		}
	}
	return true
}
