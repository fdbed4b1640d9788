package filerelay

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceFileRelay

// sources are those that libimobiledevice lists.
var sources = []string{
	"AppleSupport", "Network", "VPN", "WiFi", "UserDatabases", "CrashReporter",
	"tmp", "SystemConfiguration", "AppleTV", "MobileInstallation", "Keyboard", "Lockdown",
}

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Until: state.MustVersion("8.0")}, Serve: Serve}
}

// Serve answers one request.
func Serve(s *service.Session) error {
	m, err := s.ReceiveDict()
	if err != nil {
		return err
	}
	asked, _ := m["Sources"].([]any)
	if len(asked) == 0 {
		return s.Send(map[string]any{"Error": "StagingEmpty"})
	}
	for _, a := range asked {
		if name, _ := a.(string); !slices.Contains(sources, name) {
			return s.Send(map[string]any{"Error": "InvalidSource"})
		}
	}
	if err := s.Send(map[string]any{"Status": "Acknowledged"}); err != nil {
		return err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for i, a := range asked {
		text := fmt.Sprintf("%s of %s at %s\n", a, s.Phone.DeviceName(), s.Phone.Time().Format("2006-01-02 15:04:05"))
		_, _ = z.Write(cpio(i+1, fmt.Sprintf("./var/mobile/Library/Logs/%s.log", a), text))
	}
	_, _ = z.Write(cpio(0, "TRAILER!!!", ""))
	if err := z.Close(); err != nil {
		return err
	}
	_, err = s.Write(packed.Bytes())
	return err
}

// cpio returns a file in the old portable form ("odc"). Source: POSIX, pax,
// octet-oriented cpio archive format.
func cpio(inode int, name, body string) []byte {
	return fmt.Appendf(nil, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o%s\x00%s",
		1, inode, 0o100644, 0, 0, 1, 0, 0, len(name)+1, len(body), name, body)
}
