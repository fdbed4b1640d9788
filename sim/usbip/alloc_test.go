package usbip_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/sim/usbip"
)

// A transfer costs a server no memory, once its pools are filled: what is counted
// here is everything, the client and the device included.
func TestNoAllocations(t *testing.T) {
	b := serve(t, usbip.Options{})
	b.source()
	b.sink()
	c := b.imported()
	c.configure()
	buf := make([]byte, 48+benchSize)
	round := func(name string, q []byte, reply int) {
		one := func() {
			if _, err := c.Write(q); err != nil {
				t.Error(err)
			}
			if _, err := io.ReadFull(c, buf[:reply]); err != nil {
				t.Error(err)
			}
		}
		for range 200 {
			one()
		}
		require.Zero(t, testing.AllocsPerRun(1000, one), name)
	}
	round("bulk in", c.in(1, benchSize).AppendTo(nil), 48+benchSize)
	round("bulk out", append(c.out(2, benchSize).AppendTo(nil), make([]byte, benchSize)...), 48)
	round("control", c.control(usb.Setup{RequestType: usb.DirIn, Request: usb.ReqGetConfiguration, Length: 1}).AppendTo(nil), 49)
	report := c.in(3, 64)
	round("unlink", append(report.AppendTo(nil), c.unlink(report).AppendTo(nil)...), 48)
}
