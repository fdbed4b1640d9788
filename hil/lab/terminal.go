package lab

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
)

// A Terminal is how a command sees the guest's one terminal.
type Terminal struct {
	Rows, Columns int    // 0: 24 rows, 80 columns
	Type          string // TERM; default vt100
}

// terminal is our end of the guest's.
type terminal struct {
	socket *os.File

	mu    sync.Mutex
	to    io.Writer     // who sees it; nil for nobody
	ended chan struct{} // closed when all is shown that its command wrote
	err   error         // of to
}

// endOfCommand is what guest/agent.sh writes to the terminal behind the output
// of a command: a private operating system command (ECMA-48, 8.3.89), which no
// terminal would show.
var endOfCommand = []byte("\x1b]7701;ended\x07")

// errTerminalTaken says that two commands want it.
var errTerminalTaken = errors.New("lab: another command has the guest's terminal")

// take gives the terminal to a command.
func (t *terminal) take(to io.Writer) (ended <-chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return nil, errTerminalTaken
	}
	if to == nil {
		to = io.Discard
	}
	t.to, t.ended, t.err = to, make(chan struct{}), nil
	return t.ended, nil
}

// show shows what the guest writes, until its end closes.
func (t *terminal) show() {
	var held []byte // the beginning of endOfCommand, maybe
	buffer := make([]byte, 32<<10)
	for {
		n, err := t.socket.Read(buffer)
		held = append(held, buffer[:n]...)
		for {
			at := bytes.Index(held, endOfCommand)
			if at < 0 {
				break
			}
			t.write(held[:at])
			t.release()
			held = held[at+len(endOfCommand):]
		}
		keep := overlap(held, endOfCommand)
		t.write(held[:len(held)-keep])
		held = append(held[:0:0], held[len(held)-keep:]...)
		if err != nil {
			t.write(held)
			t.release()
			return
		}
	}
}

func (t *terminal) write(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil && t.err == nil && len(p) > 0 {
		_, t.err = t.to.Write(p)
	}
}

func (t *terminal) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		close(t.ended)
	}
	t.to, t.ended = nil, nil
}

// overlap is how many bytes at the end of p begin mark.
func overlap(p, mark []byte) int {
	for n := min(len(p), len(mark)-1); n > 0; n-- {
		if bytes.HasSuffix(p, mark[:n]) {
			return n
		}
	}
	return 0
}
