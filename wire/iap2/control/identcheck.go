package control

import (
	"cmp"
	"fmt"
	"slices"
)

// Rejection is one reason for which a device refuses an identification.
type Rejection struct {
	// Param is the top-level parameter of 1D01 that 1D03 names for it.
	Param uint16
	// Reason says what is wrong with it.
	Reason string
}

// String gives parameter number, name and reason.
func (r Rejection) String() string {
	name := "unknown"
	if p := Lookup(MsgIdentificationInformation).Param(r.Param); p != nil {
		name = p.Name
	}
	return fmt.Sprintf("parameter %d %s: %s", r.Param, name, r.Reason)
}

// RejectedParams gives the parameters to name in 1D03: each once, in order.
func RejectedParams(list []Rejection) []uint16 {
	var ids []uint16
	for _, r := range list {
		ids = append(ids, r.Param)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// CheckIdentification looks at an IdentificationInformation (1D01) as a
// device does before it answers. No rejection means IdentificationAccepted.
// The rejections come in the order of parameters.
//
//   - All required parameters are there, of the right size; strings are not
//     empty and end with NUL; flags are empty.
//   - The message lists have an even length, name no message twice, and name
//     none of authentication (AAxx) and identification (1Dxx).
//     Source: JoeyEamigh/bridgething.
//   - Components have an id and a name. Ids are unique among transports and
//     among components of the same parameter. Across different parameters they
//     may coincide: redline-labs/digital_dashboard and f-io/LIVI give id 0 to
//     a transport and to vehicle, location and route components alike, and
//     iPhones accept it.
//   - One transport at least supports iAP2 and is of the kind in use.
//   - With external accessory protocols declared, EA00 and EA01 are both taken
//     from the device, unless every protocol runs on a native USB transport
//     (Source: wllm-rbnt/third-eye); such a transport must be declared. Taking
//     only one of EA00 and EA01, or either without a protocol, is refused.
//
// Unknown parameters are ignored (Source: luka-dev/mib2q-carplay-rgi).
func CheckIdentification(m Message, transport Transport) []Rejection {
	m.ID = MsgIdentificationInformation
	var c identCheck
	for _, f := range Validate(m, 0).Tolerant() {
		c.reject(f.Param, "%s at offset %d: %s", f.Path, f.Offset, f.Kind)
	}
	d, _ := Decode(m)
	c.emptyTexts(d.Nodes, "", 0)
	id, _ := ReadIdentification(m)
	c.messageList(paramSent, id.SentMessages)
	c.messageList(paramReceived, id.ReceivedMessages)
	c.components(id)
	c.transport(id, transport)
	c.protocols(id)
	slices.SortStableFunc(c.found, func(a, b Rejection) int { return cmp.Compare(a.Param, b.Param) })
	return c.found
}

type identCheck struct{ found []Rejection }

func (c *identCheck) reject(param uint16, format string, args ...any) {
	c.found = append(c.found, Rejection{Param: param, Reason: fmt.Sprintf(format, args...)})
}

func (c *identCheck) emptyTexts(list Nodes, prefix string, top uint16) {
	for i := range list {
		n := &list[i]
		if prefix == "" {
			top = n.Param.ID
		}
		if s, ok := n.Value.(string); ok && s == "" {
			c.reject(top, "%s%s at offset %d: empty string", prefix, n.Name(), n.Param.Offset)
		}
		c.emptyTexts(n.Nodes, prefix+n.Name()+".", top)
	}
}

func (c *identCheck) messageList(param uint16, ids []uint16) {
	seen := map[uint16]bool{}
	for _, id := range ids {
		if neverListed(id) {
			c.reject(param, "lists %04X %s, which is never listed", id, Name(id))
		}
		if seen[id] {
			c.reject(param, "lists %04X %s twice", id, Name(id))
		}
		seen[id] = true
	}
}

func (c *identCheck) components(id *Identification) {
	type key struct{ param, id uint16 }
	owner := map[key]*Component{}
	for i := range id.Components {
		one := &id.Components[i]
		if !one.HasID {
			continue // missing ids were found already
		}
		k := key{one.Param, one.ID}
		if one.IsTransport() {
			k.param = 0
		}
		if first := owner[k]; first != nil {
			c.reject(one.Param, "id of %s is that of %s", one, first)
			continue
		}
		owner[k] = one
	}
}

func (c *identCheck) transport(id *Identification, transport Transport) {
	var incapable []uint16
	for i := range id.Components {
		one := &id.Components[i]
		if !one.IsTransport() || transport != AnyTransport && one.Param != transport.Param() {
			continue
		}
		if one.SupportsIAP2 {
			return
		}
		incapable = append(incapable, one.Param)
	}
	switch {
	case len(incapable) > 0:
		slices.Sort(incapable)
		for _, param := range slices.Compact(incapable) {
			c.reject(param, "no transport of this kind supports iAP2")
		}
	case transport != AnyTransport:
		c.reject(transport.Param(), "the transport in use is not declared")
	default:
		for _, param := range transportParams[1:] {
			c.reject(param, "no transport is declared")
		}
	}
}

func (c *identCheck) protocols(id *Identification) {
	start, stop := id.Receives(MsgStartExternalAccessoryProtocolSession), id.Receives(MsgStopExternalAccessoryProtocolSession)
	needed := false
	seen := map[uint8]bool{}
	for _, p := range id.Protocols {
		if seen[p.ID] {
			c.reject(paramProtocol, "protocol id %d is used twice", p.ID)
		}
		seen[p.ID] = true
		if !p.Native {
			needed = true
			continue
		}
		declared := slices.ContainsFunc(id.Components, func(one Component) bool {
			return one.Param == paramUSBHost && one.HasID && one.ID == p.NativeTransport
		})
		if !declared {
			c.reject(paramProtocol, "protocol %q names native transport %d, which no USBHostTransportComponent has", p.Name, p.NativeTransport)
		}
	}
	switch {
	case needed && !(start && stop):
		c.reject(paramReceived, "EA00 and EA01 are required with external accessory protocols")
	case start != stop:
		c.reject(paramReceived, "EA00 and EA01 go together")
	case start && len(id.Protocols) == 0:
		c.reject(paramReceived, "EA00 and EA01 are listed without an external accessory protocol")
	}
}
