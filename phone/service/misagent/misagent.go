package misagent

import (
	"bytes"

	"github.com/smallstep/pkcs7"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// Name is what a host asks for.
const Name = wire.ServiceMisagent

// Status of a reply.
const (
	OK             uint32 = 0
	InvalidProfile uint32 = 0xE8008001 // not one, or without a UUID
	NotInstalled   uint32 = 0xE8008002 // no profile of that UUID
	BadRequest     uint32 = 0xE8008003
)

// Service returns the service.
func Service() service.Service {
	return service.Service{Name: Name, IOS: state.Range{Since: state.MustVersion("4.0")}, Serve: Serve}
}

// Serve answers requests until the host hangs up.
func Serve(s *service.Session) error {
	for {
		m, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		reply := map[string]any{"MessageType": "Response"}
		reply["Status"] = answer(s.Phone, m, reply)
		if err := s.Send(reply); err != nil {
			return err
		}
	}
}

func answer(p *state.State, m, reply map[string]any) uint32 {
	if t, ok := m["ProfileType"].(string); ok && t != "Provisioning" {
		return BadRequest
	}
	switch m["MessageType"] {
	case "Install":
		data, _ := m["Profile"].([]byte)
		uuid := profileUUID(data)
		if uuid == "" || !p.Profiles.Install(state.Profile{UUID: uuid, Data: data}) {
			return InvalidProfile
		}
		return OK
	case "Remove":
		id, _ := m["ProfileID"].(string)
		if !p.Profiles.Remove(id) {
			return NotInstalled
		}
		return OK
	case "Copy", "CopyAll":
		payload := []any{}
		for _, profile := range p.Profiles.All() {
			payload = append(payload, profile.Data)
		}
		reply["Payload"] = payload
		return OK
	}
	return BadRequest
}

// profileUUID returns the UUID of a profile, "" if it has none. A profile is a
// property list in PKCS#7; one that is not signed at all is taken, too.
func profileUUID(data []byte) string {
	if p7, err := pkcs7.Parse(data); err == nil {
		data = p7.Content
	}
	if i := bytes.Index(data, []byte("<?xml")); i > 0 {
		data = data[i:]
	}
	m, err := plist.DecodeDict(data, plist.Limits{})
	if err != nil {
		return ""
	}
	uuid, _ := m["UUID"].(string)
	return uuid
}
