package syslog

import (
	"fmt"
	"strings"
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceSyslogRelay

// Service returns the service.
func Service() service.Service { return service.Service{Name: Name, Open: true, Serve: Serve} }

// Serve pours out the log until the host hangs up.
func Serve(s *service.Session) error {
	watch := service.NewWatch(s, s.Phone.Log.Wake)
	defer watch.End()
	device := hostname(s.Phone.DeviceName())
	var line []byte
	for at := s.Phone.Log.End(); ; {
		e, next, ok := s.Phone.Log.Next(at, watch.Over)
		if !ok {
			return nil
		}
		at = next
		e.Time = e.Time.In(s.Phone.Zone())
		line = AppendLine(line[:0], device, &e)
		if _, err := s.Write(line); err != nil {
			return err
		}
	}
}

// AppendLine appends an entry as a line of the relay, with its line feed and NUL.
// The entry's time is written as it is.
func AppendLine(dst []byte, device string, e *state.Entry) []byte {
	dst = e.Time.AppendFormat(dst, time.Stamp)
	dst = append(dst, ' ')
	dst = AppendVis(dst, device)
	dst = append(dst, ' ')
	dst = AppendVis(dst, e.Process)
	if e.Library != e.Process && e.Library != "" {
		dst = append(dst, '(')
		dst = AppendVis(dst, e.Library)
		dst = append(dst, ')')
	}
	dst = fmt.Appendf(dst, "[%d] <%s>: ", e.PID, e.Level)
	dst = AppendVis(dst, e.Message)
	return append(dst, '\n', 0)
}

// hostname is what the log calls a phone: "Anna's iPhone" is "Annas-iPhone".
func hostname(device string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '\'' || r == '’' || r < ' ':
			return -1
		}
		return r
	}, device)
}
