package link

// item handles one finding of the decoder.
func (e *Engine) item(it *Item) {
	if e.events.ring.len() >= maxEvents {
		e.counters.Overruns++ // as good as lost; the peer repeats it
		if e.up() && e.terms.ZeroAck() {
			e.fail(Overrun, true) // or not
		}
		return
	}
	if it.Kind == ItemError {
		e.counters.BadFrames++
		kind := BadFrame
		if it.Err.Field == FieldLength && it.Err.Value > it.Err.Want {
			kind = PacketTooLong
		}
		if e.state != StateIdle && e.state != StatePausing {
			e.violated(kind, nil, it.Err.Value, it.Err.Want, it.Err)
		}
		if e.cfg.ResetOnGarbage && e.connected() {
			e.fail(LocalReset, true)
		}
		return
	}
	if it.Kind == ItemPacket {
		e.counters.PacketsReceived++
	}
	if e.state == StateIdle || e.state == StatePausing {
		return // what is still under way belongs to the link that ended
	}
	if e.cfg.IAP1Only {
		if it.Kind == ItemMarker {
			e.out.negative = true
		}
		return
	}
	switch it.Kind {
	case ItemMarker:
		e.marker()
	case ItemNegative:
		if e.role == Accessory && !e.cfg.IgnoreNegative && (e.state == StateDetecting || e.state == StateSynSent) {
			e.giveUp(NotSupported)
		}
	case ItemPacket:
		e.packet(&it.Packet)
	}
}

// detect begins an attempt to get a link. A device speaks first only when it
// recovers: the accessory may not know that the link is gone.
func (e *Engine) detect(recovering bool) {
	e.state = StateDetecting
	e.detected = false
	e.proposals = 0
	if e.role == Accessory || e.cfg.Probe || recovering {
		e.sendMarker()
	}
	if e.role == Accessory && e.cfg.Eager && !e.cfg.IAP1Only {
		e.synchronize(&e.cfg.Syn)
	}
}

// sendMarker sends a marker now and again until the peer is detected.
func (e *Engine) sendMarker() {
	if e.cfg.NoMarker || e.cfg.IAP1Only {
		return
	}
	e.out.marker = true
	e.tm.marker.set(e.now + e.cfg.DetectInterval)
}

// marker handles a marker from the peer.
func (e *Engine) marker() {
	switch {
	case e.up():
		if e.stale() || e.cfg.MarkerWhileUp == Ignore {
			return
		}
		if e.role == Accessory {
			e.fail(PeerRestarted, false)
			return
		}
		e.drop(PeerRestarted)
		e.startGiveUp()
		e.detect(true)
		e.peerFound()
		e.sendMarker()
	case e.role == Device && e.state == StateDetecting:
		e.peerFound()
		e.sendMarker() // and again until the SYN comes
	case e.role == Accessory:
		e.peerFound()
		if e.state == StateDetecting {
			e.synchronize(&e.cfg.Syn)
		}
	}
}

// peerFound notes a sign of iAP2 from the peer, reporting the first.
func (e *Engine) peerFound() {
	e.tm.marker.stop()
	if !e.detected {
		e.detected = true
		e.emit(Event{Kind: Detected})
	}
}

// stale reports whether the link is so young that a SYN or marker is taken for
// one that was under way.
func (e *Engine) stale() bool { return e.now-e.since < e.cfg.StaleGrace }
