package usbmuxd

import "testing"

// A request read and answered.
func BenchmarkRequest(b *testing.B) {
	for _, c := range []struct {
		name string
		r    Request
	}{
		{"binary", Request{Command: Connect, DeviceID: 3, Port: 62078}},
		{"plist", Request{Version: Plist, Command: Connect, DeviceID: 3, Port: 62078}},
	} {
		b.Run(c.name, func(b *testing.B) {
			wire, err := c.r.AppendTo(nil)
			if err != nil {
				b.Fatal(err)
			}
			s := NewServer(ServerConfig{})
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			for b.Loop() {
				s.Feed(wire)
				if _, ok := s.Poll(); !ok {
					b.Fatal("no request")
				}
				if err := s.Result(ConnRefused); err != nil {
					b.Fatal(err)
				}
				s.NextOutput()
			}
		})
	}
}
