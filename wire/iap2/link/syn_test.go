package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSynValidate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Syn)
		want   string // "" passes
	}{
		{"as it is", func(s *Syn) {}, ""},
		{"version 2", func(s *Syn) { s.Version = 2 }, "SYN offset 0: link version is 2, want 1"},
		{"nothing outstanding", func(s *Syn) { s.MaxOutstanding = 0 },
			"SYN offset 1: maximum outstanding packets is 0, want at least 1"},
		{"length as short as can be", func(s *Syn) { s.MaxLength = 26 }, ""},
		{"length below its own answer", func(s *Syn) { s.MaxLength = 25 },
			"SYN offset 2: maximum packet length is 25, want at least 26, the size of this SYN"},
		{"no retransmission timeout", func(s *Syn) { s.RetransmitTimeout = 0 },
			"SYN offset 4: retransmission timeout is 0, want above 0 unless all four are 0"},
		{"no ack timeout: acknowledge at once", func(s *Syn) { s.AckTimeout = 0 }, ""},
		{"ack timeout not below retransmission", func(s *Syn) { s.AckTimeout = time.Second },
			"SYN offset 6: cumulative ack timeout is 1000, want below the retransmission timeout"},
		{"no retransmissions", func(s *Syn) { s.MaxRetransmissions = 0 },
			"SYN offset 8: maximum retransmissions is 0, want above 0 unless all four are 0"},
		{"no cumulative acks", func(s *Syn) { s.MaxCumulativeAcks = 0 },
			"SYN offset 9: maximum cumulative acks is 0, want above 0 unless all four are 0"},
		{"more acks than packets", func(s *Syn) { s.MaxCumulativeAcks = 5 },
			"SYN offset 9: maximum cumulative acks is 5, want at most the outstanding packets"},
		{"zero-ack", func(s *Syn) {
			s.RetransmitTimeout, s.AckTimeout, s.MaxRetransmissions, s.MaxCumulativeAcks = 0, 0, 0, 0
		}, ""},
		{"no sessions", func(s *Syn) { s.Sessions = nil }, "SYN offset 10: session is 0, want at least one entry"},
		{"session id 0", func(s *Syn) { s.Sessions[1].ID = 0 }, "SYN offset 13: session is 0, want an id above 0"},
		{"session id twice", func(s *Syn) { s.Sessions[1].ID = 1 }, "SYN offset 13: session is 1, want an id not used before"},
		{"session type 3", func(s *Syn) { s.Sessions[1].Type = 3 }, "SYN offset 14: session is 3, want type 0, 1 or 2"},
		{"session type twice", func(s *Syn) { s.Sessions[1].Type = 0 }, "SYN offset 14: session is 0, want one entry a type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := testTerms()
			tt.change(&s)
			err := s.Validate()
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, "iap2 link: "+tt.want)
			require.IsType(t, &SynError{}, err)
		})
	}
}

func TestProfilesAreValid(t *testing.T) {
	for name, c := range map[string]Config{"default": DefaultAccessory(), "DJI": DJIGoggles(), "carkit": CarkitZeroAck(),
		"Car Thing": CarThing(), "MH2p USB": MH2pUSB(), "MH2p Bluetooth": MH2pBluetooth()} {
		require.NoError(t, c.Syn.Validate(), name)
		require.Equal(t, name == "carkit", c.Syn.ZeroAck(), name)
	}
}

func TestDecodeSynShape(t *testing.T) {
	whole := synOf(0, testTerms()).Payload
	for n := range whole {
		_, err := DecodeSyn(whole[:n])
		if n == 10 || n == 13 { // tables of none and one session
			require.NoError(t, err, n)
			continue
		}
		require.EqualError(t, err, (&SynError{Field: FieldLength, Value: n, Want: "10 + 3 for each session"}).Error())
	}
}

func TestSynAppendRefusesTimeouts(t *testing.T) {
	for _, d := range []time.Duration{-time.Millisecond, 65536 * time.Millisecond, 1500 * time.Microsecond} {
		s := testTerms()
		s.RetransmitTimeout = d
		b, err := s.AppendTo([]byte("kept"))
		require.ErrorContains(t, err, "retransmission timeout")
		require.Equal(t, "kept", string(b))

		s = testTerms()
		s.AckTimeout = d
		_, err = s.AppendTo(nil)
		require.ErrorContains(t, err, "cumulative ack timeout")
	}
}

func TestSynLookups(t *testing.T) {
	s := testTerms()
	v, ok := s.Session(2)
	require.True(t, ok)
	require.Equal(t, Session{2, SessionExternalAccessory, 1}, v)
	_, ok = s.Session(3)
	require.False(t, ok)
	v, ok = s.SessionOf(SessionControl)
	require.True(t, ok)
	require.Equal(t, uint8(1), v.ID)
	_, ok = s.SessionOf(SessionFileTransfer)
	require.False(t, ok)
}

func TestSameTerms(t *testing.T) {
	a := testTerms()
	for _, tt := range []struct {
		change func(*Syn)
		same   bool
	}{
		{func(s *Syn) {}, true},
		{func(s *Syn) { s.MaxOutstanding++ }, true},
		{func(s *Syn) { s.MaxLength++ }, true},
		{func(s *Syn) { s.Version++ }, false},
		{func(s *Syn) { s.RetransmitTimeout++ }, false},
		{func(s *Syn) { s.AckTimeout++ }, false},
		{func(s *Syn) { s.MaxRetransmissions++ }, false},
		{func(s *Syn) { s.MaxCumulativeAcks++ }, false},
		{func(s *Syn) { s.Sessions[1].Version++ }, false},
		{func(s *Syn) { s.Sessions = s.Sessions[:1] }, false},
	} {
		b := testTerms()
		tt.change(&b)
		require.Equal(t, tt.same, a.SameTerms(&b), "%+v", b)
	}
}

func FuzzSyn(f *testing.F) {
	for name := range vectorSyns {
		f.Add(synPayload(name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSyn(b)
		if err != nil {
			require.IsType(t, &SynError{}, err)
			return
		}
		_ = s.Validate()
		again, err := s.AppendTo(nil)
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}
