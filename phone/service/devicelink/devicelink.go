package devicelink

import (
	"fmt"
	"io"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/wire/plist"
)

// Link is the phone's end of a DeviceLink session.
type Link struct {
	*service.Session
}

// Open exchanges versions and tells the host that the phone is ready. Messages of
// the phone are binary until the host speaks otherwise.
func Open(s *service.Session, major, minor int) (*Link, error) {
	s.Format = plist.Binary
	if err := s.Send([]any{"DLMessageVersionExchange", major, minor}); err != nil {
		return nil, err
	}
	m, err := receive(s)
	if err != nil {
		return nil, err
	}
	if m[0] != "DLMessageVersionExchange" || len(m) < 2 || m[1] != "DLVersionsOk" {
		return nil, fmt.Errorf("devicelink: host answers the version exchange with %v", m)
	}
	return &Link{s}, s.Send([]any{"DLMessageDeviceReady"})
}

// receive returns a message: an array that begins with a string.
func receive(s *service.Session) ([]any, error) {
	v, err := s.Receive()
	if err != nil {
		return nil, err
	}
	m, ok := v.([]any)
	if !ok || len(m) == 0 {
		return nil, fmt.Errorf("devicelink: message is %s, want an array that begins with its name", plist.TypeName(v))
	}
	if _, ok := m[0].(string); !ok {
		return nil, fmt.Errorf("devicelink: name of the message is %s", plist.TypeName(m[0]))
	}
	return m, nil
}

// ReceiveMessage returns the next message whole, io.EOF after the host's
// DLMessageDisconnect.
func (l *Link) ReceiveMessage() (name string, args []any, err error) {
	m, err := receive(l.Session)
	if err != nil {
		return "", nil, err
	}
	name = m[0].(string)
	if name == "DLMessageDisconnect" {
		return name, m[1:], io.EOF
	}
	return name, m[1:], nil
}

// ReceiveProcess returns the dictionary of the next DLMessageProcessMessage.
func (l *Link) ReceiveProcess() (map[string]any, error) {
	name, args, err := l.ReceiveMessage()
	if err != nil {
		return nil, err
	}
	if name != "DLMessageProcessMessage" || len(args) != 1 {
		return nil, fmt.Errorf("devicelink: %s with %d arguments, want DLMessageProcessMessage with 1", name, len(args))
	}
	d, ok := args[0].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("devicelink: DLMessageProcessMessage holds %s, want dictionary", plist.TypeName(args[0]))
	}
	return d, nil
}

// Process sends a DLMessageProcessMessage.
func (l *Link) Process(m map[string]any) error {
	return l.Send([]any{"DLMessageProcessMessage", m})
}

// Disconnect tells the host that the phone hangs up, and why.
func (l *Link) Disconnect(why string) error {
	return l.Send([]any{"DLMessageDisconnect", why})
}
