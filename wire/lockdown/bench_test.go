package lockdown

import (
	"testing"

	"github.com/plugfest/plugfest/wire/plist"
)

// A request read and answered.
func BenchmarkGetValue(b *testing.B) {
	wire, err := Request{Kind: GetValue, Key: "ProductVersion", Label: "bench"}.AppendTo(nil)
	if err != nil {
		b.Fatal(err)
	}
	var d Decoder
	var out []byte
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		d.Feed(wire)
		m, _, _ := d.Next()
		r, err := ParseRequest(m, plist.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if out, err = (Reply{Kind: r.Kind, Key: r.Key, Value: "17.0"}).AppendTo(out[:0], plist.XML); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewKey(b *testing.B) {
	r := seeded("bench")
	for b.Loop() {
		if _, err := NewKey(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewCertificates(b *testing.B) {
	root, host, device := testKey(b, "root"), testKey(b, "host"), testKey(b, "device")
	for b.Loop() {
		if _, err := NewCertificates(root, host, &device.PublicKey, CertificateOptions{NotBefore: noon}); err != nil {
			b.Fatal(err)
		}
	}
}
