package ostrace

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/syslog"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// Name is what a host asks for.
const Name = wire.ServiceOSTraceRelay

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("9.0")}, Open: true, Serve: Serve}
}

// Serve answers requests until the host hangs up.
func Serve(s *service.Session) error {
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		switch m["Request"] {
		case "PidList":
			err = pidList(s)
		case "StartActivity":
			return stream(s, m)
		case "CreateArchive":
			return archive(s)
		default:
			err = reply(s, map[string]any{"Status": "RequestFailed"}) // inferred
		}
		if err != nil {
			return err
		}
	}
}

// reply sends a byte 1 and a frame, in one write.
func reply(s *service.Session, v any) error {
	b, err := plist.Append([]byte{1, 0, 0, 0, 0}, s.Format, v)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-5))
	_, err = s.Write(b)
	return err
}

func pidList(s *service.Session) error {
	pids := map[string]any{}
	for _, p := range s.Phone.Processes() {
		pids[strconv.Itoa(int(p.PID))] = map[string]any{"ProcessName": p.Name}
	}
	return reply(s, map[string]any{"Status": "RequestSuccessful", "Payload": pids})
}

// stream sends the log, of one process or of all.
func stream(s *service.Session, m map[string]any) error {
	f := plist.Fields{Dict: m}
	pid := f.Int("Pid", -1, 1<<32-1)
	if !f.Has("Pid") {
		pid = -1
	}
	if err := f.Err(); err != nil {
		return err
	}
	b, err := plist.Append(make([]byte, 8), s.Format, map[string]any{"Status": "RequestSuccessful"})
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(b, 4)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	if _, err := s.Write(b); err != nil {
		return err
	}
	watch := service.NewWatch(s, s.Phone.Log.Wake)
	defer watch.End()
	for at := s.Phone.Log.End(); ; {
		e, next, ok := s.Phone.Log.Next(at, watch.Over)
		if !ok {
			return nil
		}
		if at = next; pid >= 0 && int64(e.PID) != pid {
			continue
		}
		if b, err = chunk(b[:0], 2, AppendRecord(nil, &e)); err != nil {
			return err
		}
		if _, err := s.Write(b); err != nil {
			return err
		}
	}
}

// chunk appends a kind, a length and that many bytes.
func chunk(dst []byte, kind byte, body []byte) ([]byte, error) {
	if len(body) > 1<<31 {
		return dst, fmt.Errorf("ostrace: record of %d bytes", len(body))
	}
	dst = append(dst, kind)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(body)))
	return append(dst, body...), nil
}

// archivePart is how much of an archive a chunk holds.
const archivePart = 16 << 10

// archive sends what the log has, as a tar archive with one text file.
func archive(s *service.Session) error {
	if err := reply(s, map[string]any{"Status": "RequestSuccessful"}); err != nil {
		return err
	}
	var text, packed bytes.Buffer
	for at := s.Phone.Log.Start(); ; {
		e, next, ok := s.Phone.Log.Read(at)
		if !ok {
			break
		}
		at = next
		line := syslog.AppendLine(nil, s.Phone.DeviceName(), &e)
		text.Write(line[:len(line)-1])
	}
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(&tar.Header{Name: "system_logs.logarchive/log.txt", Mode: 0o644, Size: int64(text.Len()), ModTime: s.Phone.Time()}); err != nil {
		return err
	}
	if _, err := io.Copy(w, &text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	for packed.Len() > 0 {
		b, err := chunk(nil, 3, packed.Next(archivePart))
		if err != nil {
			return err
		}
		if _, err := s.Write(b); err != nil {
			return err
		}
	}
	return nil
}
