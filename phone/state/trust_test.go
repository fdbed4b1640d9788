package state_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

func host(id, buid string) state.Host {
	return state.Host{HostID: id, SystemBUID: buid, DeviceCertificate: []byte("made for " + id)}
}

func TestTrust(t *testing.T) {
	_, s := phone(t, state.Options{User: state.User{Answer: state.AnswerNone}})
	require.Equal(t, state.NotAsked, s.Attitude("desk"))
	require.False(t, s.Trust(), "there is no dialog")
	require.False(t, s.Refuse())
	_, err := s.Pair(host("1", "desk"), false)
	require.Equal(t, state.DialogPending, err)
	buid, open := s.Dialog()
	require.True(t, open)
	require.Equal(t, "desk", buid)
	require.Equal(t, state.DialogOpen, s.Attitude("desk"))
	_, err = s.Pair(host("1", "laptop"), false)
	require.Equal(t, state.DialogPending, err, "one dialog at a time")
	require.Equal(t, state.NotAsked, s.Attitude("laptop"))
	at := s.Notifications.End()
	require.True(t, s.Trust())
	require.Equal(t, []string{state.RequestPair}, posted(s, at))
	require.Equal(t, state.Approved, s.Attitude("desk"))
	h, err := s.Pair(host("2", "desk"), false)
	require.NoError(t, err)
	require.Len(t, h.EscrowBag, 32)
	require.Equal(t, state.Trusted, s.Attitude("desk"))
	require.Same(t, h, s.Host("2"))
	_, err = s.Pair(host("3", "desk"), false)
	require.Equal(t, state.DialogPending, err, "what the user said was for one pairing")
}

// The name of an attitude is what events and failures show.
func TestAttitudeNames(t *testing.T) {
	require.Equal(t, "not asked, dialog open, approved, trusted, refused",
		fmt.Sprintf("%v, %v, %v, %v, %v", state.NotAsked, state.DialogOpen, state.Approved, state.Trusted, state.Refused))
}

// A user with a mind of their own answers after some time, and not while the phone
// is locked.
func TestUserAnswers(t *testing.T) {
	for answer, want := range map[state.Answer]state.Attitude{state.AnswerTrust: state.Approved, state.AnswerRefuse: state.Refused, state.AnswerNone: state.DialogOpen} {
		w, s := phone(t, state.Options{Passcode: true, User: state.User{Answer: answer, After: 3 * second}})
		run(t, w, func() {
			_, err := s.Pair(host("1", "desk"), false)
			require.Equal(t, state.DialogPending, err)
			w.Sleep(3*second - 1)
			require.Equal(t, state.DialogOpen, s.Attitude("desk"))
			w.Sleep(2)
			require.Equal(t, want, s.Attitude("desk"))
		})
		w, s = phone(t, state.Options{Passcode: true, User: state.User{Answer: answer, After: 3 * second}})
		run(t, w, func() {
			_, _ = s.Pair(host("1", "desk"), false)
			s.Lock()
			require.False(t, s.Trust(), "nobody taps on a locked phone")
			w.Sleep(10 * second)
			require.Equal(t, state.DialogOpen, s.Attitude("desk"))
			s.Unlock()
			w.Sleep(1)
			require.Equal(t, want, s.Attitude("desk"))
		})
	}
}

func TestForgetHosts(t *testing.T) {
	_, s := phone(t, state.Options{Hosts: []state.Host{host("1", "desk"), host("2", "laptop")}})
	require.Len(t, s.Hosts(), 2)
	require.Equal(t, true, s.Value("", "TrustedHostAttached"))
	at := s.Notifications.End()
	s.ForgetHosts()
	require.Empty(t, s.Hosts())
	require.Equal(t, []string{state.RequestHostBUID}, posted(s, at))
	require.Equal(t, false, s.Value("", "TrustedHostAttached"))
}

// The escrow bags of two hosts differ, and are the same in each run.
func TestEscrowBags(t *testing.T) {
	bags := func() []string {
		_, s := phone(t, state.Options{})
		var out []string
		for i := range 3 {
			h, err := s.Pair(host(fmt.Sprint(i), "desk"), false)
			require.NoError(t, err)
			out = append(out, string(h.EscrowBag))
		}
		return out
	}
	first := bags()
	require.Equal(t, first, bags())
	require.NotEqual(t, first[0], first[1])
	require.NotEqual(t, first[1], first[2])
}

// A flood of computers is forgotten, the oldest first; the phone's memory is not
// theirs to fill.
func TestHostsAreBounded(t *testing.T) {
	_, s := phone(t, state.Options{})
	for i := range 300 {
		_, err := s.Pair(host(fmt.Sprint(i), fmt.Sprint(i)), false)
		require.NoError(t, err)
	}
	require.Len(t, s.Hosts(), 256)
	require.Nil(t, s.Host("43"))
	require.NotNil(t, s.Host("44"))
}

// model is the pairing machine in the words of the requirement.
type model struct {
	locked, wanting bool
	dialog          string          // whom it is about
	said            map[string]bool // what the user said about whom
	paired          map[string]string
	notes           []string
}

func (m *model) pair(id, buid string) error {
	if _, known := m.paired[id]; known && m.paired[id] == buid {
		return nil
	}
	yes, answered := m.said[buid]
	switch {
	case m.locked:
		m.wanting = true
		return state.PasswordProtected
	case answered && !yes:
		return state.UserDenied
	case !answered && m.dialog != "":
		return state.DialogPending
	case !answered:
		m.dialog = buid
		return state.DialogPending
	}
	delete(m.said, buid)
	m.paired[id] = buid
	m.notes = append(m.notes, state.TrustedHostAttached)
	return nil
}

func (m *model) tap(yes bool) bool {
	if m.dialog == "" || m.locked {
		return false
	}
	m.said[m.dialog] = yes
	m.dialog = ""
	if yes {
		m.notes = append(m.notes, state.RequestPair)
	}
	return true
}

func TestTrustMachine(t *testing.T) {
	l, err := state.Load()
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		s, err := l.New(sim.New(), "phone", state.Options{Passcode: true, User: state.User{Answer: state.AnswerNone}})
		require.NoError(t, err)
		m := &model{said: map[string]bool{}, paired: map[string]string{}}
		at := s.Notifications.End()
		buids := rapid.SampledFrom([]string{"desk", "laptop", "car"})
		t.Repeat(map[string]func(*rapid.T){
			"pair": func(t *rapid.T) {
				buid := buids.Draw(t, "buid")
				id := buid + rapid.SampledFrom([]string{"-1", "-2"}).Draw(t, "id")
				_, err := s.Pair(host(id, buid), false)
				require.Equal(t, m.pair(id, buid), err)
			},
			"trust":  func(t *rapid.T) { require.Equal(t, m.tap(true), s.Trust()) },
			"refuse": func(t *rapid.T) { require.Equal(t, m.tap(false), s.Refuse()) },
			"lock": func(t *rapid.T) {
				require.True(t, s.Lock())
				m.locked = true
			},
			"unlock": func(*rapid.T) {
				s.Unlock()
				if m.locked && m.wanting {
					m.notes = append(m.notes, state.RequestPair)
					m.wanting = false
				}
				m.locked = false
			},
			"unplug": func(*rapid.T) {
				s.Unplugged()
				m.dialog, m.said, m.wanting = "", map[string]bool{}, false
				m.notes = append(m.notes, state.HostDetached)
			},
			"unpair": func(t *rapid.T) {
				id := buids.Draw(t, "buid") + "-1"
				_, known := m.paired[id]
				require.Equal(t, known, s.Unpair(id))
				delete(m.paired, id)
			},
			"forget": func(*rapid.T) {
				s.ForgetHosts()
				m.dialog, m.said, m.paired = "", map[string]bool{}, map[string]string{}
				m.notes = append(m.notes, state.RequestHostBUID)
			},
			"": func(t *rapid.T) {
				require.Equal(t, m.locked, s.Locked())
				buid, open := s.Dialog()
				require.Equal(t, m.dialog, buid)
				require.Equal(t, m.dialog != "", open)
				require.Len(t, s.Hosts(), len(m.paired))
				for id := range m.paired {
					require.NotNil(t, s.Host(id))
				}
				require.Equal(t, m.notes, posted(s, at))
				at, m.notes = s.Notifications.End(), nil
			},
		})
	})
}
