package tap

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// A Conversation decodes one connection of a program to usbmuxd. It does no I/O
// and never fails: where bytes make no sense it says so once, and from then on
// counts them.
type Conversation struct {
	note   func(from Side, protocol, text string, detail []byte)
	names  *services
	mux    [2]usbmuxd.Decoder
	state  state
	asked  *usbmuxd.Request // a Connect without an answer yet
	early  []byte           // what the client sent behind it
	tunnel [2]*stream
	lost   [2]bool // the messages of that side could not be followed
}

type state uint8

const (
	talking   state = iota // to the daemon
	tunnelled              // to a port of the phone
)

// maxEarly is how much of what a client sends before its Connect is answered
// is kept for decoding.
const maxEarly = 1 << 20

// NewConversation makes a decoder that hands its findings to note, in order. The
// time and number of the connection are not its business and stay zero.
func NewConversation(note func(Note)) *Conversation {
	return newConversation(&services{}, func(from Side, protocol, text string, detail []byte) {
		note(Note{From: from, Protocol: protocol, Text: text, Detail: detail})
	})
}

func newConversation(names *services, note func(Side, string, string, []byte)) *Conversation {
	return &Conversation{names: names, note: func(from Side, protocol, text string, detail []byte) {
		note(from, protocol, strings.Map(visible, text), detail)
	}}
}

// visible keeps a note in one line, and the reader's terminal his own, whatever
// names programs give themselves.
func visible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '\uFFFD'
}

// Feed takes bytes that passed. They are not kept beyond the message that they
// are part of.
func (c *Conversation) Feed(from Side, p []byte) {
	switch {
	case c.state == tunnelled:
		c.tunnel[from].feed(p)
	case c.lost[from]:
	case from == Client && c.asked != nil:
		c.early = append(c.early, p[:min(len(p), maxEarly-len(c.early))]...)
	default:
		c.mux[from].Feed(p)
		c.messages(from)
	}
}

func (c *Conversation) messages(from Side) {
	for c.state == talking && (from == Server || c.asked == nil) {
		m, ok, err := c.mux[from].Next()
		if err != nil {
			c.lost[from] = true
			c.note(from, "usbmuxd", fmt.Sprintf("cannot be followed from here: %v", err), nil)
			return
		}
		if !ok {
			return
		}
		if from == Client {
			c.request(m)
		} else {
			c.reply(m)
		}
	}
}

// open turns the conversation into a connection to a port.
func (c *Conversation) open() {
	port := c.asked.Port
	c.state = tunnelled
	talk := &talk{port: port, device: c.asked.DeviceID, names: c.names}
	c.tunnel = [2]*stream{newStream(c, Client, talk), newStream(c, Server, talk)}
	c.tunnel[Client].feed(append(c.mux[Client].Rest(), c.early...))
	c.tunnel[Server].feed(c.mux[Server].Rest())
	c.early = nil
}

// End says that a side has closed. What came of a message that is not whole is
// reported.
func (c *Conversation) End(from Side) {
	left := 0
	if c.state == tunnelled {
		left = c.tunnel[from].end()
	} else {
		left = len(c.mux[from].Rest())
	}
	text := "closed"
	if left > 0 {
		text = fmt.Sprintf("closed in the middle of a message, after %d bytes of it", left)
	}
	c.note(from, "tap", text, nil)
}
