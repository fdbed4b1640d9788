package lockdown_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/headunit/lockdown"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const udid = "00008101-000A1B2C3D4E001E"

// A script plays lockdownd at the bytes: each request gets the next answer.
type script struct {
	t        *testing.T
	w        *sim.World
	asked    []wire.Request
	answers  []any // wire.Reply, map, []byte as they are, func(net.Conn)
	dialed   []uint16
	stated   []string
	refuse   error
	services map[uint16]func(net.Conn)
}

// play has a client face a script; what fails, fails the test.
func play(t *testing.T, o lockdown.Options, answers []any, main func(*script, *lockdown.Host)) {
	t.Helper()
	s := &script{t: t, w: sim.New(), answers: answers}
	o.State = func(kind string, fields ...sim.Field) {
		for _, f := range fields {
			kind += " " + f.Value()
		}
		s.stated = append(s.stated, kind)
	}
	require.NoError(t, s.w.Run(func() { main(s, lockdown.NewHost(s.w, "headunit", o)) }))
}

func (s *script) phone() lockdown.Phone {
	return lockdown.Phone{UDID: udid, Dial: func(port uint16) (net.Conn, error) {
		s.dialed = append(s.dialed, port)
		if s.refuse != nil {
			return nil, s.refuse
		}
		near, far := s.w.Pipe(fmt.Sprint("port ", port))
		run := s.serve
		if port != wire.Port {
			run = s.services[port]
		}
		s.w.Go("phone", func() {
			run(far)
			_ = far.Close()
		})
		return near, nil
	}}
}

func (s *script) serve(c net.Conn) {
	var dec wire.Decoder
	buf := make([]byte, 1000)
	for len(s.answers) > 0 {
		body, ok, err := dec.Next()
		require.NoError(s.t, err)
		if !ok {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			dec.Feed(buf[:n])
			continue
		}
		r, err := wire.ParseRequest(body, plist.Limits{})
		require.NoError(s.t, err)
		s.asked = append(s.asked, r)
		a := s.answers[0]
		s.answers = s.answers[1:]
		switch a := a.(type) {
		case wire.Reply:
			if a.Kind == "" {
				a.Kind = r.Kind
			}
			b, err := a.AppendTo(nil, plist.XML)
			require.NoError(s.t, err)
			for i := range b { // as split as can be
				if _, err := c.Write(b[i : i+1]); err != nil {
					return
				}
			}
		case []byte:
			_, _ = c.Write(a)
		case func(net.Conn):
			a(c)
		}
	}
	_, _ = io.Copy(io.Discard, c)
}

// kinds are the requests that came after the first, which is QueryType.
func (s *script) kinds() (out []wire.Kind) {
	for _, r := range s.asked[1:] {
		out = append(out, r.Kind)
	}
	return out
}

var isLockdown = wire.Reply{Type: wire.TypeLockdown}

// connect connects, as the first answer lets it.
func (s *script) connect(h *lockdown.Host) *lockdown.Client {
	s.t.Helper()
	c, err := h.Connect(s.phone())
	require.NoError(s.t, err)
	return c
}

// deviceKey is some phone's.
var deviceKey = func() []byte {
	key, err := wire.NewKey(sim.New(sim.Seed(5)).Bytes("a phone's key"))
	if err != nil {
		panic(err)
	}
	return wire.AppendPublicKey(nil, &key.PublicKey)
}()

func says(e wire.Error) wire.Reply { return wire.Reply{Error: e} }

// pairing are the answers up to Pair.
func pairing(then ...any) []any {
	return append([]any{isLockdown, wire.Reply{Value: deviceKey}, wire.Reply{Value: "a6:01:02:03:04:05"}}, then...)
}

func TestWhatIsNoLockdown(t *testing.T) {
	timeout := func(err error) bool {
		var t interface{ Timeout() bool }
		return errors.As(err, &t) && t.Timeout()
	}
	for _, c := range []struct {
		name   string
		answer any
		want   func(error) bool
		after  time.Duration
	}{
		{"restored", wire.Reply{Type: wire.TypeRestored}, func(err error) bool { return errors.Is(err, lockdown.ErrNotLockdown) }, 0},
		{"nothing", func(net.Conn) {}, timeout, 30 * time.Second},
		{"end", func(c net.Conn) { c.Close() }, func(err error) bool { return errors.Is(err, io.EOF) }, 0},
		{"too long", []byte{0x7F, 0xFF, 0xFF, 0xFF}, func(err error) bool { return errors.Is(err, wire.ErrLength) }, 0},
		{"half", []byte{0, 0, 1, 0, '<'}, timeout, 30 * time.Second},
		{"no list", []byte{0, 0, 0, 3, 'a', 'b', 'c'}, func(err error) bool { return err != nil }, 0},
		{"another reply", wire.Reply{Kind: wire.GetValue}, func(err error) bool { return errors.Is(err, wire.ErrEcho) }, 0},
		{"old failure", wire.Reply{Result: wire.Failure}, func(err error) bool { return errors.Is(err, wire.Error(wire.Failure)) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, lockdown.Options{}, []any{c.answer}, func(s *script, h *lockdown.Host) {
				_, err := h.Connect(s.phone())
				require.Error(t, err)
				var e *lockdown.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, wire.QueryType, e.Request)
				require.True(t, c.want(err), "%v", err)
				require.Equal(t, c.after, s.w.Now())
				require.Equal(t, "plugfest", s.asked[0].Label)
			})
		})
	}
	refused := errors.New("refused")
	play(t, lockdown.Options{}, nil, func(s *script, h *lockdown.Host) {
		s.refuse = refused
		_, err := h.Connect(s.phone())
		require.ErrorIs(t, err, refused)
		require.Equal(t, []uint16{wire.Port}, s.dialed)
	})
}

// Errors are known by their lockdown names.
func TestErrors(t *testing.T) {
	for _, name := range wire.ErrorStrings {
		play(t, lockdown.Options{}, []any{isLockdown, says(name)}, func(s *script, h *lockdown.Host) {
			_, err := s.connect(h).GetValue("", "X")
			require.ErrorIs(t, err, name)
			require.EqualError(t, err, "lockdown: GetValue: "+string(name))
		})
	}
}

func TestValues(t *testing.T) {
	play(t, lockdown.Options{Label: "me"}, []any{isLockdown, wire.Reply{Value: "17.0"}, wire.Reply{}, wire.Reply{}}, func(s *script, h *lockdown.Host) {
		c := s.connect(h)
		v, err := c.GetValue("com.apple.x", "ProductVersion")
		require.NoError(t, err)
		require.Equal(t, "17.0", v)
		require.NoError(t, c.SetValue("", "DeviceName", "Mine"))
		require.NoError(t, c.RemoveValue("d", "k"))
		require.Equal(t, []wire.Kind{wire.GetValue, wire.SetValue, wire.RemoveValue}, s.kinds())
		require.Equal(t, []string{"me", "com.apple.x", "ProductVersion"}, []string{s.asked[1].Label, s.asked[1].Domain, s.asked[1].Key})
		require.Equal(t, "Mine", s.asked[2].Value)
		require.NoError(t, c.Close())
	})
}

// A phone whose user thinks is asked once a second; it is one pairing, with one
// record.
func TestPairWaitsForTheUser(t *testing.T) {
	pending := says(wire.PairingDialogResponsePending)
	play(t, lockdown.Options{}, pairing(says(wire.PasswordProtected), says(wire.PasswordProtected), pending, pending, wire.Reply{EscrowBag: []byte("bag")}), func(s *script, h *lockdown.Host) {
		require.NoError(t, s.connect(h).Pair())
		require.Equal(t, 4*time.Second, s.w.Now())
		require.Len(t, s.asked, 8)
		first, last := s.asked[3], s.asked[7]
		require.Equal(t, wire.Pair, last.Kind)
		require.Equal(t, "2", last.ProtocolVersion)
		require.True(t, last.Options.ExtendedPairingErrors)
		require.Equal(t, first.PairRecord, last.PairRecord)
		require.Nil(t, last.PairRecord.RootPrivateKey)
		require.Nil(t, last.PairRecord.HostPrivateKey)
		key, err := wire.ParsePublicKey(deviceKey)
		require.NoError(t, err)
		require.NoError(t, last.PairRecord.Check(key))
		require.Len(t, s.stated, 3)
		require.Equal(t, "pairing waits lockdown: Pair: PasswordProtected", s.stated[0])
		require.Equal(t, "pairing waits lockdown: Pair: PairingDialogResponsePending", s.stated[1])
	})
}

func TestPairFails(t *testing.T) {
	pending := says(wire.PairingDialogResponsePending)
	for _, c := range []struct {
		name     string
		patience time.Duration
		answers  []any
		want     error
		after    time.Duration
	}{
		{"the user says no", 0, []any{pending, says(wire.UserDeniedPairing)}, wire.UserDeniedPairing, time.Second},
		{"patience", 2 * time.Second, []any{pending, pending, pending}, wire.PairingDialogResponsePending, 2 * time.Second},
		{"over the air", 0, []any{says(wire.PairingProhibitedOverThisConnection)}, wire.PairingProhibitedOverThisConnection, 0},
		{"supervised", 0, []any{says(wire.MCChallengeRequired)}, wire.MCChallengeRequired, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, lockdown.Options{Patience: c.patience}, pairing(c.answers...), func(s *script, h *lockdown.Host) {
				k := s.connect(h)
				require.ErrorIs(t, k.Pair(), c.want)
				require.Equal(t, c.after, s.w.Now())
				require.ErrorIs(t, k.StartSession(), fs.ErrNotExist, "no record was kept")
			})
		})
	}
	for name, value := range map[string]any{"no data": "text", "no key": []byte("-----BEGIN"), "another key": []byte("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n")} {
		play(t, lockdown.Options{}, []any{isLockdown, wire.Reply{Value: value}}, func(s *script, h *lockdown.Host) {
			require.Error(t, s.connect(h).Pair(), name)
		})
	}
	play(t, lockdown.Options{}, []any{isLockdown, says(wire.MissingValue)}, func(s *script, h *lockdown.Host) {
		require.ErrorIs(t, s.connect(h).Pair(), wire.MissingValue)
	})
}

// A record that the phone has forgotten is thrown away, and made anew: once.
func TestEstablishPairsAnew(t *testing.T) {
	bag := wire.Reply{EscrowBag: []byte("bag")}
	noTLS := wire.Reply{SessionID: "S"}
	answers := pairing(bag, says(wire.InvalidHostID))
	answers = append(answers, pairing(bag, noTLS)[1:]...)
	play(t, lockdown.Options{}, answers, func(s *script, h *lockdown.Host) {
		c := s.connect(h)
		require.NoError(t, c.Pair())
		require.NoError(t, c.Establish())
		require.Equal(t, "S", c.SessionID())
		require.Equal(t, []wire.Kind{wire.GetValue, wire.GetValue, wire.Pair, wire.StartSession,
			wire.GetValue, wire.GetValue, wire.Pair, wire.StartSession}, s.kinds())
		require.Equal(t, s.asked[3].PairRecord.HostID, s.asked[4].HostID)
		require.Equal(t, s.asked[7].PairRecord.HostID, s.asked[8].HostID)
		require.NotEqual(t, s.asked[4].HostID, s.asked[8].HostID, "each pairing has a HostID of its own")
		require.Equal(t, s.asked[4].SystemBUID, s.asked[8].SystemBUID, "and the host is the same")
	})
	play(t, lockdown.Options{}, pairing(bag, says(wire.InvalidHostID)), func(s *script, h *lockdown.Host) {
		c := s.connect(h)
		require.ErrorIs(t, c.Establish(), wire.InvalidHostID, "not for ever")
	})
	play(t, lockdown.Options{}, append(pairing(bag), says(wire.PasswordProtected)), func(s *script, h *lockdown.Host) {
		c := s.connect(h)
		require.NoError(t, c.Pair())
		require.ErrorIs(t, c.Establish(), wire.PasswordProtected)
	})
}

func TestUnpair(t *testing.T) {
	play(t, lockdown.Options{}, pairing(wire.Reply{}, wire.Reply{}, says(wire.InvalidHostID), wire.Reply{Kind: wire.ValidatePair}), func(s *script, h *lockdown.Host) {
		c := s.connect(h)
		require.NoError(t, c.Pair())
		require.NoError(t, c.ValidatePair())
		require.ErrorIs(t, c.Unpair(), wire.InvalidHostID)
		require.NoError(t, c.Unpair(), "some phones call the reply ValidatePair")
		require.ErrorIs(t, c.Unpair(), fs.ErrNotExist)
		require.Equal(t, s.asked[3].PairRecord.HostID, s.asked[4].PairRecord.HostID)
	})
	play(t, lockdown.Options{}, []any{isLockdown}, func(s *script, h *lockdown.Host) {
		p := s.phone()
		p.UDID = "../../etc/passwd"
		c, err := h.Connect(p)
		require.NoError(t, err)
		require.ErrorContains(t, c.StartSession(), "not the id of a pair record")
	})
}

// Services before iOS 5, and the one that needs no session, have no TLS.
func TestServiceWithoutTLS(t *testing.T) {
	play(t, lockdown.Options{}, []any{isLockdown, wire.Reply{Service: "s", Port: 49200}, wire.Reply{Service: "s", Port: 49201}, says(wire.InvalidService)}, func(s *script, h *lockdown.Host) {
		s.services = map[uint16]func(net.Conn){49200: func(c net.Conn) { c.Write([]byte("hello")) }}
		c := s.connect(h)
		conn, err := c.StartService("s")
		require.NoError(t, err)
		b, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "hello", string(b))
		s.refuse = errors.New("refused")
		_, err = c.StartService("s")
		require.ErrorIs(t, err, s.refuse)
		_, err = c.StartService("s")
		require.ErrorIs(t, err, wire.InvalidService)
	})
}

// Whoever cannot show the certificate that the host made for this phone is not it.
func TestOtherPhoneInTLS(t *testing.T) {
	other, err := wire.NewKey(sim.New(sim.Seed(6)).Bytes("another phone's key"))
	require.NoError(t, err)
	record, err := wire.NewPairRecord("H", "B", other, other, &other.PublicKey, wire.CertificateOptions{NotBefore: sim.Epoch})
	require.NoError(t, err)
	cert, err := tls.X509KeyPair(record.DeviceCertificate, wire.AppendPrivateKey(nil, other))
	require.NoError(t, err)
	shake := func(c net.Conn) {
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
	}
	tlsReply := func(c net.Conn) {
		b, err := wire.Reply{Kind: wire.StartSession, SessionID: "S", EnableSessionSSL: true}.AppendTo(nil, plist.XML)
		require.NoError(t, err)
		_, _ = c.Write(b)
		shake(c)
	}
	play(t, lockdown.Options{}, pairing(wire.Reply{}, tlsReply), func(s *script, h *lockdown.Host) {
		c := s.connect(h)
		require.NoError(t, c.Pair())
		require.ErrorContains(t, c.StartSession(), "not the one of its pair record")
	})
}
