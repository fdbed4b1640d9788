package state

import (
	"bytes"
	"slices"

	"github.com/plugfest/plugfest/sim"
)

// A Host is a computer that the phone trusts: its pair record, as far as the phone
// keeps it.
type Host struct {
	HostID            string
	SystemBUID        string // the same whenever this computer pairs
	RootCertificate   []byte // DER
	HostCertificate   []byte // DER
	DeviceCertificate []byte // DER; the phone shows it in TLS
	EscrowBag         []byte // what the host replays to open services of a locked phone
}

func (h *Host) same(o *Host) bool {
	return h.HostID == o.HostID && bytes.Equal(h.RootCertificate, o.RootCertificate) &&
		bytes.Equal(h.HostCertificate, o.HostCertificate) && bytes.Equal(h.DeviceCertificate, o.DeviceCertificate)
}

// A PairError is why a host is not paired: the error string of lockdownd.
type PairError string

// Reasons.
const (
	PasswordProtected PairError = "PasswordProtected"            // locked with a passcode
	DialogPending     PairError = "PairingDialogResponsePending" // the dialog is on the screen
	UserDenied        PairError = "UserDeniedPairing"            // the user tapped Don't Trust
)

// Error returns the string.
func (e PairError) Error() string { return string(e) }

// Attitude is what the phone thinks of a computer.
type Attitude uint8

// Attitudes.
const (
	NotAsked   Attitude = iota
	DialogOpen          // the trust dialog is on the screen
	Approved            // the user tapped Trust; the computer has not paired again yet
	Trusted             // paired
	Refused             // the user tapped Don't Trust; it stays so until the cable is pulled
)

// String names the attitude.
func (a Attitude) String() string {
	return [...]string{"not asked", "dialog open", "approved", "trusted", "refused"}[a]
}

// trust is the pairing state machine. A computer is known by its SystemBUID: it
// makes a new HostID for each attempt to pair.
type trust struct {
	s        *State
	hosts    []*Host // in the order of pairing
	buid     string  // whom the dialog on the screen is about
	open     bool
	due      bool // the user's answer waits for the phone to be unlocked
	answers  []verdict
	wanting  bool // somebody asked while the phone was locked
	timer    *sim.Timer
	escrowed int
}

// verdict is what the user said about one computer.
type verdict struct {
	buid    string
	approve bool
}

// maxVerdicts bounds how many answers are remembered: the oldest is forgotten.
const maxVerdicts = 32

// maxHosts bounds how many computers are trusted, likewise.
const maxHosts = 256

func (t *trust) init(s *State) {
	t.s = s
	t.timer = s.w.NewTimer(t.answer)
	for _, h := range s.options.Hosts {
		t.add(&h)
	}
}

func (t *trust) add(h *Host) {
	if h.EscrowBag == nil {
		t.escrowed++
		h.EscrowBag = t.s.random("escrow bag", 32*t.escrowed)[32*(t.escrowed-1):]
	}
	t.hosts = slices.DeleteFunc(t.hosts, func(o *Host) bool { return o.HostID == h.HostID })
	if len(t.hosts) >= maxHosts {
		t.hosts = slices.Delete(t.hosts, 0, 1)
	}
	t.hosts = append(t.hosts, h)
}

// Pair has a computer ask to be trusted, and returns it with its escrow bag, or a
// [PairError]. The trust dialog of iOS 7 and later opens; a computer that is
// trusted already is not asked again. byPolicy leaves the user out, as a supervisor
// may.
func (s *State) Pair(h Host, byPolicy bool) (*Host, error) {
	t := &s.trust
	if known := s.Host(h.HostID); known != nil && known.same(&h) {
		return known, nil
	}
	if s.Locked() {
		t.wanting = true
		return nil, PasswordProtected
	}
	if !byPolicy && s.Version.AtLeast(7, 0) {
		if err := t.ask(h.SystemBUID); err != nil {
			return nil, err
		}
	}
	t.forget(h.SystemBUID)
	h.EscrowBag = nil
	t.add(&h)
	s.emit("trusted", sim.Text("host", h.HostID))
	s.Notifications.Post(TrustedHostAttached)
	return &h, nil
}

// ask asks the user, unless there is an answer already.
func (t *trust) ask(buid string) error {
	if i := t.verdict(buid); i >= 0 {
		if t.answers[i].approve {
			return nil
		}
		return UserDenied
	}
	if t.open {
		return DialogPending
	}
	user := t.s.options.User
	if user.Answer == AnswerTrust && user.After <= 0 {
		return nil
	}
	t.open, t.buid = true, buid
	t.s.emit("trust dialog", sim.Text("host", buid))
	if user.Answer != AnswerNone {
		t.timer.Set(t.s.w.Now() + max(user.After, 0))
	}
	return DialogPending
}

func (t *trust) verdict(buid string) int {
	return slices.IndexFunc(t.answers, func(v verdict) bool { return v.buid == buid })
}

func (t *trust) forget(buid string) {
	t.answers = slices.DeleteFunc(t.answers, func(v verdict) bool { return v.buid == buid })
}

// answer gives the answer that was set beforehand.
func (t *trust) answer() {
	switch {
	case !t.open:
	case t.s.Locked():
		t.due = true
	case t.s.options.User.Answer == AnswerTrust:
		t.s.Trust()
	case t.s.options.User.Answer == AnswerRefuse:
		t.s.Refuse()
	}
}

// settle closes the dialog with an answer.
func (t *trust) settle(approve bool) bool {
	if !t.open || t.s.Locked() {
		return false
	}
	t.forget(t.buid)
	if len(t.answers) >= maxVerdicts {
		t.answers = slices.Delete(t.answers, 0, 1)
	}
	t.answers = append(t.answers, verdict{t.buid, approve})
	t.dismiss()
	return true
}

func (t *trust) dismiss() {
	t.open, t.buid, t.due = false, "", false
	t.timer.Stop()
}

// Trust has the user tap Trust (and enter the passcode, from iOS 11 on). It reports
// false if there is no dialog, or the phone is locked. The computer learns of it
// by the notification [RequestPair], and pairs again.
func (s *State) Trust() bool {
	if !s.trust.settle(true) {
		return false
	}
	s.emit("trust dialog answered", sim.Text("answer", "trust"))
	s.Notifications.Post(RequestPair)
	return true
}

// Refuse has the user tap Don't Trust. It reports false if there is no dialog, or
// the phone is locked.
func (s *State) Refuse() bool {
	if !s.trust.settle(false) {
		return false
	}
	s.emit("trust dialog answered", sim.Text("answer", "refuse"))
	return true
}

// Dialog returns the SystemBUID that a trust dialog on the screen is about.
func (s *State) Dialog() (buid string, open bool) { return s.trust.buid, s.trust.open }

// Attitude returns what the phone thinks of the computer with that SystemBUID.
func (s *State) Attitude(buid string) Attitude {
	t := &s.trust
	switch i := t.verdict(buid); {
	case t.open && t.buid == buid:
		return DialogOpen
	case i >= 0 && t.answers[i].approve:
		return Approved
	case i >= 0:
		return Refused
	case slices.ContainsFunc(t.hosts, func(h *Host) bool { return h.SystemBUID == buid }):
		return Trusted
	}
	return NotAsked
}

// SetUser changes how the user takes dialogs that open from now on.
func (s *State) SetUser(u User) { s.options.User = u }

// Host returns a trusted computer, nil if there is none of that HostID.
func (s *State) Host(id string) *Host {
	i := slices.IndexFunc(s.trust.hosts, func(h *Host) bool { return h.HostID == id })
	if i < 0 {
		return nil
	}
	return s.trust.hosts[i]
}

// Hosts returns the trusted computers in the order of pairing.
func (s *State) Hosts() []*Host { return slices.Clone(s.trust.hosts) }

// Unpair forgets a computer and reports whether it was trusted.
func (s *State) Unpair(hostID string) bool {
	h := s.Host(hostID)
	if h == nil {
		return false
	}
	s.trust.hosts = slices.DeleteFunc(s.trust.hosts, func(o *Host) bool { return o == h })
	s.emit("unpaired", sim.Text("host", hostID))
	return true
}

// ForgetHosts is Reset Location & Privacy: no computer is trusted any more.
func (s *State) ForgetHosts() {
	s.trust.hosts, s.trust.answers = nil, nil
	s.trust.dismiss()
	s.emit("forgot all hosts")
	s.Notifications.Post(RequestHostBUID)
}

// Unplugged tells the phone that the cable was pulled: the dialog goes away, and
// what the user said about computers that did not pair is forgotten.
func (s *State) Unplugged() {
	s.trust.reset()
	s.Notifications.Post(HostDetached)
}

// reset forgets computers that did not pair.
func (t *trust) reset() {
	t.dismiss()
	t.answers, t.wanting = nil, false
}

// unlocked goes on with what the lock held up.
func (t *trust) unlocked() {
	if t.due {
		t.timer.Set(t.s.w.Now())
	}
	if t.wanting {
		t.wanting = false
		t.s.Notifications.Post(RequestPair)
	}
}
