package zipconduit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/phone/files"
	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/service/installation"
	"github.com/plugfest/plugfest/sim"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// Name is what a host asks for.
const Name = wire.ServiceStreamingZip

// Service returns the service.
func Service() service.Service { return service.Service{Name: Name, Serve: Serve} }

// staging is the directory that a host may send packages to.
const staging = "PublicStaging/"

// Serve takes one package and installs it.
func Serve(s *service.Session) error {
	m, err := s.ReceiveDict()
	if err != nil {
		return err
	}
	f := plist.Fields{Dict: m}
	f.Need("MediaSubdir")
	dir, err := files.Clean(f.String("MediaSubdir"))
	if err := errors.Join(f.Err(), err); err != nil {
		return err
	}
	if !strings.HasPrefix(dir, staging) {
		return fmt.Errorf("zipconduit: MediaSubdir is %q, want a directory in %s", dir, staging)
	}
	err = Unpack(s.Conn, s.Phone.Media(), dir)
	if err == nil && m["InstallTransferredDirectory"] != uint64(0) {
		err = installation.Install(s.Phone, dir, func(status string, percent int) error {
			return s.Send(progress(map[string]any{"Status": status, "PercentComplete": percent}))
		})
	}
	var why *installation.Failure
	switch {
	case err == nil:
		return s.Send(map[string]any{"Status": "DataComplete"})
	case !errors.As(err, &why):
		return err
	}
	s.Emit("refused", sim.Text("why", why.Error()))
	reply := map[string]any{"Error": why.Name}
	if why.Description != "" {
		reply["ErrorDescription"] = why.Description
	}
	return s.Send(progress(reply))
}

func progress(m map[string]any) map[string]any { return map[string]any{"InstallProgressDict": m} }
