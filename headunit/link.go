package headunit

import (
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// linkConfig is the link engine's configuration for this model.
func (h *HeadUnit) linkConfig() link.Config {
	l := h.m.Link
	c := link.Config{
		Syn: link.Syn{
			Version:            1,
			MaxOutstanding:     l.MaxOutstanding,
			MaxLength:          l.MaxLength,
			RetransmitTimeout:  l.Retransmit,
			AckTimeout:         l.Ack,
			MaxRetransmissions: l.Retries,
			MaxCumulativeAcks:  l.CumulativeAcks,
		},
		InitialSeq:    h.seqs,
		Eager:         l.Eager,
		DetectTimeout: l.GiveUp,
		Faults: link.Faults{
			NoMarker:    l.NoMarker,
			NoAck:       l.NoAck,
			NoEAK:       l.NoEAK,
			NoDedup:     l.NoDedup,
			ResetOnSend: l.ResetAfter,

			NoChecksum:      l.NoChecksum,
			IgnoreMaxLength: l.IgnoreMaxLength,
			IgnoreReset:     l.IgnoreReset,
			IgnoreNegative:  l.IgnoreIAP1,
		},
	}
	for _, s := range l.Sessions {
		c.Syn.Sessions = append(c.Syn.Sessions, link.Session{ID: s.ID, Type: sessionTypes[s.Type], Version: s.Version})
	}
	if l.CorruptEvery > 0 {
		c.Mangle = corruptEvery(l.CorruptEvery)
	}
	return c
}

// corruptEvery damages the payload checksum of every n-th packet with payload.
func corruptEvery(n int) func(*link.Packet, int) link.Action {
	sent := 0
	return func(p *link.Packet, _ int) link.Action {
		if len(p.Payload) == 0 || p.Control&link.ControlSYN != 0 {
			return link.Send
		}
		if sent++; sent%n == 0 {
			return link.CorruptPayload
		}
		return link.Send
	}
}
