package ea

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Reasons for which a Table refuses.
var (
	// ErrOpen says that a session with this id is open already.
	ErrOpen = errors.New("session is open already")
	// ErrUnknownSession says that no session with this id is open. Data for it
	// are dropped (Source: JoeyEamigh/bridgething, f-io/LIVI).
	ErrUnknownSession = errors.New("no such session is open")
	// ErrNoFreeID says that all 65536 ids are in use.
	ErrNoFreeID = errors.New("all session ids are in use")
)

// Session is an open external accessory session.
type Session struct {
	// ID is the number that the device chose in EA00.
	ID uint16
	// Protocol is the id of the protocol in the accessory's identification.
	Protocol uint8
	// Received and Sent count data bytes.
	Received, Sent uint64
}

// Table holds the open sessions of one link. It is plain state: the owner
// calls it for each EA00, EA01, EA03 and datagram. The zero value is an empty
// table.
type Table struct {
	open []Session // ordered by id

	// Dropped counts datagrams without an open session or without a session
	// id, DroppedBytes their data.
	Dropped      uint64
	DroppedBytes uint64
}

func (t *Table) find(id uint16) (int, bool) {
	return slices.BinarySearchFunc(t.open, id, func(s Session, id uint16) int { return int(s.ID) - int(id) })
}

// Open records a session that the device started (EA00). It fails with ErrOpen
// and leaves the open session as it is.
func (t *Table) Open(id uint16, protocol uint8) error {
	i, found := t.find(id)
	if found {
		return fmt.Errorf("ea: session %d of protocol %d: %w", id, protocol, ErrOpen)
	}
	t.open = slices.Insert(t.open, i, Session{ID: id, Protocol: protocol})
	return nil
}

// OpenNext records a session under the lowest free id from first on, for the
// device, which chooses the ids. It fails with ErrNoFreeID.
func (t *Table) OpenNext(first uint16, protocol uint8) (uint16, error) {
	id := first
	for {
		if _, found := t.find(id); !found {
			return id, t.Open(id, protocol)
		}
		if id++; id == first {
			return 0, fmt.Errorf("ea: protocol %d: %w", protocol, ErrNoFreeID)
		}
	}
}

// Close removes a session (EA01, or EA03 with status close) and gives its
// final counts. It fails with ErrUnknownSession.
func (t *Table) Close(id uint16) (Session, error) {
	i, found := t.find(id)
	if !found {
		return Session{}, fmt.Errorf("ea: session %d: %w", id, ErrUnknownSession)
	}
	s := t.open[i]
	t.open = slices.Delete(t.open, i, i+1)
	return s, nil
}

// Reset closes all sessions, as after a link reset. The drop counts stay.
func (t *Table) Reset() { t.open = t.open[:0] }

// Get gives the open session with this id.
func (t *Table) Get(id uint16) (Session, bool) {
	i, found := t.find(id)
	if !found {
		return Session{}, false
	}
	return t.open[i], true
}

// Len is the number of open sessions.
func (t *Table) Len() int { return len(t.open) }

// All yields the open sessions in the order of their ids. The table must not
// be changed meanwhile.
func (t *Table) All() iter.Seq[Session] { return slices.Values(t.open) }

// Receive reads a datagram and counts it. It fails with ErrUnknownSession or
// ErrShort, in which case the datagram is to be dropped.
func (t *Table) Receive(b []byte) (Datagram, error) {
	d, err := Parse(b)
	if err != nil {
		t.Dropped++
		return Datagram{}, err
	}
	i, found := t.find(d.Session)
	if !found {
		t.Dropped++
		t.DroppedBytes += uint64(len(d.Data))
		return Datagram{}, fmt.Errorf("ea: %d bytes for session %d: %w", len(d.Data), d.Session, ErrUnknownSession)
	}
	t.open[i].Received += uint64(len(d.Data))
	return d, nil
}

// AppendSend appends a datagram for an open session to dst and counts it. It
// fails with ErrUnknownSession and returns dst unchanged.
func (t *Table) AppendSend(dst []byte, id uint16, data []byte) ([]byte, error) {
	i, found := t.find(id)
	if !found {
		return dst, fmt.Errorf("ea: %d bytes for session %d: %w", len(data), id, ErrUnknownSession)
	}
	t.open[i].Sent += uint64(len(data))
	return Datagram{Session: id, Data: data}.AppendTo(dst), nil
}
