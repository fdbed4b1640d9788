package lockdown

import (
	"bytes"
	"errors"
	"testing"

	"github.com/plugfest/plugfest/wire/plist"
)

// FuzzStream: whole or cut, the same messages; what they mean is written and
// read again.
func FuzzStream(f *testing.F) {
	for _, r := range requests {
		b, err := r.AppendTo(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint8(3))
	}
	for _, r := range replies {
		b, err := r.AppendTo(nil, plist.Binary)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint8(100))
	}
	f.Add(unhex("16030100c8010000"), uint8(1))
	f.Add(unhex("ffffffff"), uint8(1))
	limits := plist.Limits{Size: 1 << 16, Depth: 16, Objects: 1000, Content: 1 << 16}
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		whole, cut := Decoder{MaxLength: 1 << 16}, Decoder{MaxLength: 1 << 16}
		whole.Feed(b)
		want, wantErr := drain(&whole)
		var got [][]byte
		var gotErr error
		for rest := b; len(rest) > 0 && gotErr == nil; {
			n := min(int(step)+1, len(rest))
			cut.Feed(rest[:n])
			rest = rest[n:]
			var ms [][]byte
			ms, gotErr = drain(&cut)
			got = append(got, ms...)
		}
		if len(got) != len(want) || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("cut: %d messages, %v; whole: %d, %v", len(got), gotErr, len(want), wantErr)
		}
		for i, m := range want {
			if !bytes.Equal(m, got[i]) {
				t.Fatalf("message %d differs", i)
			}
			if r, err := ParseRequest(m, limits); err == nil {
				again(t, func() ([]byte, error) { return r.AppendTo(nil) }, func(b []byte) error {
					_, err := ParseRequest(b, plist.Limits{})
					return err
				})
			}
			if r, err := ParseReply(m, limits); err == nil {
				again(t, func() ([]byte, error) { return r.AppendTo(nil, plist.XML) }, func(b []byte) error {
					_, err := ParseReply(b, plist.Limits{})
					return err
				})
			}
		}
	})
}

func drain(d *Decoder) (out [][]byte, err error) {
	for {
		m, ok, err := d.Next()
		if !ok || err != nil {
			return out, err
		}
		out = append(out, bytes.Clone(m))
	}
}

// again writes and reads once more. A value that XML cannot hold is no fault.
func again(t *testing.T, write func() ([]byte, error), read func([]byte) error) {
	b, err := write()
	if err != nil {
		if !errors.Is(err, plist.ErrValue) {
			t.Fatal(err)
		}
		return
	}
	if err := read(b[FrameHeaderLen:]); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
}

// FuzzPairRecord: whatever a record holds, looking into it does not panic.
func FuzzPairRecord(f *testing.F) {
	good := testRecord(f, CertificateOptions{})
	b, err := good.AppendTo(nil, plist.Binary)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(doc("<key>HostID</key><string>a</string><key>SystemBUID</key><string>b</string><key>RootCertificate</key><data>LS0tLS1CRUdJTg==</data>"))
	key := &testKey(f, "device").PublicKey
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParsePairRecord(b, plist.Limits{Size: 1 << 16, Objects: 1000})
		if err != nil {
			return
		}
		if err := r.Check(key); err != nil {
			var e *RecordError
			if !errors.As(err, &e) || e.Field == "" {
				t.Fatalf("%#v", err)
			}
		}
	})
}

// FuzzPEM: keys and certificates as the other side sends them.
func FuzzPEM(f *testing.F) {
	key := testKey(f, "device")
	f.Add(AppendPublicKey(nil, &key.PublicKey))
	f.Add(AppendPrivateKey(nil, key))
	f.Add(testRecord(f, CertificateOptions{}).HostCertificate)
	f.Add([]byte("-----BEGIN RSA PUBLIC KEY-----\n\n-----END RSA PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if key, err := ParsePublicKey(b); err == nil {
			back, err := ParsePublicKey(AppendPublicKey(nil, key))
			if err != nil || !back.Equal(key) {
				t.Fatalf("%v became %v, %v", key, back, err)
			}
		}
		_, _ = ParsePrivateKey(b)
		if c, err := ParseCertificate(b); err == nil && len(c.Raw) == 0 {
			t.Fatal("a certificate of no bytes")
		}
	})
}
