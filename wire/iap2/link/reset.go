package link

// fail ends a link or an attempt, says so by RST if told to, and begins again
// after the pause, all within the time to give up.
func (e *Engine) fail(why Reason, rst bool) {
	e.drop(why)
	if rst {
		e.sendReset()
	}
	e.state = StatePausing
	e.tm.pause.set(e.now + e.cfg.ResetPause)
	if !e.tm.giveUp.on {
		e.startGiveUp()
	}
}

// giveUp ends everything.
func (e *Engine) giveUp(why Reason) {
	e.drop(why)
	e.tm.giveUp.stop()
}

// drop forgets the link, and reports it unless there was nothing. What was
// delivered and not polled yet stays.
func (e *Engine) drop(why Reason) {
	if e.state != StateIdle && e.state != StatePausing || why == GaveUp {
		e.counters.Downs++
		e.emit(Event{Kind: Down, Reason: why})
	}
	e.tm = timers{giveUp: e.tm.giveUp}
	e.state = StateIdle
	e.snd.clear(e)
	e.rcv.clear(&e.pool)
	e.out.clear()
}

func (e *Engine) sendReset() {
	e.out.rst, e.out.rstSeq = true, e.lastSeq()
}

func (e *Engine) startGiveUp() {
	e.tm.giveUp.stop()
	if e.cfg.DetectTimeout > 0 {
		e.tm.giveUp.set(e.now + e.cfg.DetectTimeout)
	}
}
