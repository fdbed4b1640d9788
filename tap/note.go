package tap

import "time"

// Side is who sent something.
type Side uint8

// The two ends of a conversation.
const (
	Client Side = iota // the program
	Server             // usbmuxd, and the phone behind it
)

func (s Side) String() string {
	if s == Server {
		return "server"
	}
	return "client"
}

// A Note says what some bytes of a conversation mean.
type Note struct {
	At       time.Time
	Conn     int    // number of the connection, from 1
	From     Side   // who sent them
	Protocol string // "usbmuxd", "lockdown", "plist", "afc", "tls", "bytes", or "tap" for what the tap has to say itself
	Text     string // one line
	Detail   []byte // the property list as XML, where there is one
}
