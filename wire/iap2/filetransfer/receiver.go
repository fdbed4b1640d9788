package filetransfer

// DefaultMaxSize is the largest file that a Receiver takes when it is not
// told otherwise: 16 MiB. Artwork has about 100 kB.
const DefaultMaxSize = 16 << 20

// Answer is what a receiver says to an announced file.
type Answer uint8

// The answers. Later leaves it to Receiver.Start or Receiver.Cancel.
const (
	AnswerStart Answer = iota
	AnswerLater
	AnswerCancel
)

// EventKind says what a datagram led to.
type EventKind uint8

// The kinds of events.
const (
	// None: nothing that the owner need know.
	None EventKind = iota
	// Announced: a file is on offer; Setup tells its size and type.
	Announced
	// Chunk: bytes of a file came; only with Receiver.Stream.
	Chunk
	// Complete: the file is there and was confirmed.
	Complete
	// CanceledByPeer: the sender gave up; what came so far is lost.
	CanceledByPeer
	// Aborted: the sender broke the rules and was told so; the error of Handle
	// says how.
	Aborted
)

// Event is what a Receiver tells its owner.
type Event struct {
	Kind  EventKind
	ID    uint8
	Setup Setup
	// Data is the whole file for Complete, which then belongs to the owner,
	// and the bytes that came for Chunk, which belong to the datagram. With
	// Receiver.Stream, Complete has the last bytes in the same way.
	Data []byte
}

// Receiver takes in files. The zero value is ready; it starts every transfer
// at once and collects each file in memory, which it never reserves before
// the bytes are there.
type Receiver struct {
	// MaxSize is the largest file taken; larger ones are canceled. 0 means
	// DefaultMaxSize.
	MaxSize uint64
	// Decide answers announcements; nil starts them all.
	Decide func(id uint8, s Setup) Answer
	// Stream hands out the bytes as they come instead of collecting them.
	Stream bool

	transfers [256]*transfer
	spare     *transfer
}

type transfer struct {
	setup    Setup
	received uint64
	data     []byte
	started  bool
	first    bool // the first data came
	paused   bool
}

// Active tells whether a transfer with this id is under way.
func (r *Receiver) Active(id uint8) bool { return r.transfers[id] != nil }

// Received is the number of bytes that came for a transfer.
func (r *Receiver) Received(id uint8) uint64 {
	if t := r.transfers[id]; t != nil {
		return t.received
	}
	return 0
}

// Reset forgets all transfers, as after a link reset.
func (r *Receiver) Reset() {
	for id := range r.transfers {
		r.drop(uint8(id))
	}
}

func (r *Receiver) drop(id uint8) {
	if t := r.transfers[id]; t != nil {
		r.transfers[id], r.spare = nil, t
	}
}

// answer appends a datagram without data.
func answer(dst []byte, id uint8, code Code) []byte { return append(dst, id, byte(code)) }

// Start lets the sender begin a transfer that was put off, or go on after a
// pause. ok is false where there is none to start.
func (r *Receiver) Start(dst []byte, id uint8) (out []byte, ok bool) {
	t := r.transfers[id]
	if t == nil || t.started && !t.paused {
		return dst, false
	}
	t.started, t.paused = true, false
	return answer(dst, id, CodeStart), true
}

// Pause asks the sender to hold back. What is on its way still arrives and is
// taken.
func (r *Receiver) Pause(dst []byte, id uint8) (out []byte, ok bool) {
	t := r.transfers[id]
	if t == nil || t.paused {
		return dst, false
	}
	t.paused = true
	return answer(dst, id, CodePause), true
}

// Cancel gives up a transfer.
func (r *Receiver) Cancel(dst []byte, id uint8) (out []byte, ok bool) {
	if r.transfers[id] == nil {
		return dst, false
	}
	r.drop(id)
	return answer(dst, id, CodeCancel), true
}

// Handle takes the payload of a link packet and appends the answer, if there
// is one, to dst. An error, always an *Error, says what the sender did wrong.
// It was ignored, unless the event is Aborted.
func (r *Receiver) Handle(dst, payload []byte) (out []byte, e Event, err error) {
	d, err := Parse(payload)
	if err != nil {
		return dst, Event{}, err
	}
	t := r.transfers[d.ID]
	switch {
	case d.Code == CodeSetup:
		return r.announce(dst, d)
	case codeNames[d.Code] == "":
		return dst, Event{}, d.misplaced(ErrUnknownCode)
	case d.Code != CodeCancel && !d.Code.carriesData():
		return dst, Event{}, d.misplaced(ErrDirection)
	case t == nil:
		return dst, Event{}, d.misplaced(ErrNoSetup)
	case d.Code == CodeCancel:
		r.drop(d.ID)
		return dst, Event{Kind: CanceledByPeer, ID: d.ID, Setup: t.setup}, nil
	case !t.started:
		return dst, Event{}, d.misplaced(ErrSequence)
	}
	return r.take(dst, t, d)
}

// announce takes a setup. A setup for an id that is under way begins it anew.
func (r *Receiver) announce(dst []byte, d Datagram) ([]byte, Event, error) {
	s, err := d.Setup()
	if err != nil {
		return dst, Event{}, err
	}
	if s.Size == 0 {
		return dst, Event{}, d.fail("file size", 0, ErrEmpty)
	}
	limit := r.MaxSize
	if limit == 0 {
		limit = DefaultMaxSize
	}
	r.drop(d.ID)
	e := Event{Kind: Announced, ID: d.ID, Setup: s}
	if s.Size > limit {
		return answer(dst, d.ID, CodeCancel), e, d.fail("file size", s.Size, ErrTooLarge)
	}
	choice := AnswerStart
	if r.Decide != nil {
		choice = r.Decide(d.ID, s)
	}
	if choice == AnswerCancel {
		return answer(dst, d.ID, CodeCancel), e, nil
	}
	t := r.spare
	if t == nil {
		t = &transfer{}
	}
	r.spare = nil
	*t = transfer{setup: s, data: t.data[:0], started: choice == AnswerStart}
	r.transfers[d.ID] = t
	if t.started {
		dst = answer(dst, d.ID, CodeStart)
	}
	return dst, e, nil
}

// take adds data to a transfer. The first data may come again before anything
// else did wrong: a sender that starts over starts over.
func (r *Receiver) take(dst []byte, t *transfer, d Datagram) ([]byte, Event, error) {
	if d.Code&CodeFirst != 0 {
		t.first, t.received, t.data = true, 0, t.data[:0]
	}
	n := t.received + uint64(len(d.Data))
	var fault *Error
	switch {
	case !t.first:
		fault = d.misplaced(ErrSequence)
	case n > t.setup.Size:
		fault = d.fail("bytes in all", n, ErrOverflow)
	case d.Code&CodeLast != 0 && n < t.setup.Size:
		fault = d.fail("bytes in all", n, ErrUnderflow)
	}
	e := Event{ID: d.ID, Setup: t.setup}
	if fault != nil {
		r.drop(d.ID)
		e.Kind = Aborted
		return answer(dst, d.ID, CodeFailure), e, fault
	}
	t.received = n
	if r.Stream {
		e.Kind, e.Data = Chunk, d.Data
	} else {
		t.data = append(t.data, d.Data...)
	}
	if d.Code&CodeLast == 0 {
		return dst, e, nil
	}
	e.Kind = Complete
	if !r.Stream {
		// The file now belongs to the owner.
		e.Data, t.data = t.data, nil
	}
	r.drop(d.ID)
	return answer(dst, d.ID, CodeSuccess), e, nil
}
