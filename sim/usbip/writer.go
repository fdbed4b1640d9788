package usbip

import "time"

// write writes the answers, outside of the world: as many as there are in one
// system call, each with its data. (A TCP connection of Go has TCP_NODELAY.)
func (e *session) write() {
	defer close(e.finished)
	var batch []*urb
	var vec [][]byte
	failed := false
	for {
		batch = e.answers(batch)
		if len(batch) == 0 {
			break
		}
		if vec = vec[:0]; !failed {
			for _, u := range batch {
				vec = append(vec, u.head[:])
				if len(u.payload) > 0 {
					vec = append(vec, u.payload)
				}
				if len(u.after) > 0 {
					vec = append(vec, u.after)
				}
			}
			e.out = vec
			if _, err := e.out.WriteTo(e.c); err != nil {
				failed = true
				_ = e.c.Close() // the reader sees it
			}
		}
		e.written(batch)
	}
	// The client is to see the end of the stream, not a broken connection.
	if h, ok := e.c.(interface{ CloseWrite() error }); ok && h.CloseWrite() == nil {
		_ = e.c.SetReadDeadline(time.Now().Add(linger))
		return
	}
	_ = e.c.Close()
}

// answers waits for some, and returns none when the session is over. They are no more
// on the client's account: who has read an answer may ask again at once.
func (e *session) answers(spare []*urb) []*urb {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.outbox) == 0 && !e.closing {
		e.work.Wait()
	}
	list := e.outbox
	for _, u := range list {
		e.discharge(u)
	}
	e.outbox, e.writing = spare[:0], len(list)
	return list
}

func (e *session) written(list []*urb) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, u := range list {
		e.put(u)
		list[i] = nil
	}
	e.writing = 0
	e.space.Signal()
}
