package phone

import (
	"fmt"

	"github.com/plugfest/plugfest/sim/usb"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// openNative opens the EA native transport of a protocol: the app's bytes go
// over a bulk pair of their own, which SET_INTERFACE brings to life.
// (wllm-rbnt/third-eye: about 300 ms after the identification.)
func (a *accessory) openNative(c *appSession, ups int) error {
	if a.conn == nil {
		return fmt.Errorf("phone: no USB between phone and accessory")
	}
	a.p.sleep(a.p.p.Timing.OpenNative)
	if !a.on(ups) {
		return errLost
	}
	alt, err := a.nativeInterface(c.protocol)
	if err != nil {
		return err
	}
	in, out, ok := alt.BulkPair()
	if !ok {
		return fmt.Errorf("phone: interface %d alternate %d has no bulk pair", alt.Interface, alt.Setting)
	}
	if err := a.conn.ClaimInterface(alt.Interface); err != nil {
		return fmt.Errorf("phone: claim interface %d: %w", alt.Interface, err)
	}
	if err := a.conn.SetInterface(alt.Interface, alt.Setting); err != nil {
		a.conn.ReleaseInterface(alt.Interface)
		return fmt.Errorf("phone: SET_INTERFACE %d, %d: %w", alt.Interface, alt.Setting, err)
	}
	c.native = &alt
	if !a.on(ups) {
		a.closeNative(c)
		return errLost
	}
	c.rw = usb.NewStream(a.w, a.conn, in, out, usb.StreamOptions{Buffered: true})
	return nil
}

// closeNative goes back to alternate setting 0, which has no endpoints. Where
// the accessory is gone the requests fail, and nothing is left to do.
func (a *accessory) closeNative(c *appSession) {
	if a.gone {
		return
	}
	a.conn.SetInterface(c.native.Interface, 0)
	a.conn.ReleaseInterface(c.native.Interface)
}

// nativeInterface finds the interface of a protocol: its string is the
// protocol's name; failing that, the n-th interface serves the n-th native
// protocol.
func (a *accessory) nativeInterface(pr control.EAProtocol) (usb.Match, error) {
	n := 0
	for _, other := range a.id.Protocols {
		if other.ID == pr.ID {
			break
		}
		if other.Native {
			n++
		}
	}
	var byOrder usb.Match
	for _, alt := range a.config.Find(classVendor, subclassMFi, protocolEANative) {
		if len(alt.Endpoints) == 0 {
			continue
		}
		if a.conn.Descriptors().Text(alt.Alternate.String) == pr.Name {
			return alt, nil
		}
		if n == 0 && byOrder.Alternate == nil {
			byOrder = alt
		}
		n--
	}
	if byOrder.Alternate == nil {
		return usb.Match{}, fmt.Errorf("phone: no EA native transport interface (FF/F0/01) for %s", pr.Name)
	}
	return byOrder, nil
}
