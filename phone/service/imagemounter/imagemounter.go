package imagemounter

import (
	"io"

	"github.com/plugfest/plugfest/phone/service"
	wire "github.com/plugfest/plugfest/wire/lockdown"
	"github.com/plugfest/plugfest/wire/plist"
)

// Name is what a host asks for.
const Name = wire.ServiceMobileImageMounter

// maxImage bounds the size of an image.
const maxImage = 8 << 30

// Service returns the service.
func Service() service.Service { return service.Service{Name: Name, Serve: Serve} }

// failure is the reply to what did not go well.
type failure struct{ name, detail string }

func (f *failure) Error() string { return f.name + ": " + f.detail }

// mounter is one session.
type mounter struct {
	*service.Session
	over bool
}

// handlers by command. Each fills in the reply, or returns a [*failure]; another
// error ends the session.
var handlers = map[string]func(*mounter, *plist.Fields, map[string]any) error{
	"CopyDevices":                     (*mounter).copyDevices,
	"Hangup":                          (*mounter).hangup,
	"LookupImage":                     (*mounter).lookup,
	"MountImage":                      (*mounter).mount,
	"QueryDeveloperModeStatus":        (*mounter).developerMode,
	"QueryNonce":                      (*mounter).nonce,
	"QueryPersonalizationIdentifiers": (*mounter).identifiers,
	"QueryPersonalizationManifest":    (*mounter).manifest,
	"ReceiveBytes":                    (*mounter).receive,
	"UnmountImage":                    (*mounter).unmount,
}

// Serve answers commands until Hangup.
func Serve(s *service.Session) error {
	m := &mounter{Session: s}
	for !m.over {
		d, err := s.ReceiveDict()
		if err != nil {
			return err
		}
		reply, err := m.answer(&plist.Fields{Dict: d})
		if err != nil {
			return err
		}
		if err := s.Send(reply); err != nil {
			return err
		}
	}
	return nil
}

func (m *mounter) answer(f *plist.Fields) (map[string]any, error) {
	command := f.String("Command")
	fn := handlers[command]
	reply := map[string]any{}
	var err error
	switch {
	case fn == nil:
		err = &failure{"UnknownCommand", "no such command"}
	case m.Phone.Locked() && command != "Hangup":
		err = &failure{"DeviceLocked", "The device is locked."}
	default:
		if err = fn(m, f, reply); err == nil {
			err = f.Err()
		}
	}
	switch e := err.(type) {
	case nil:
		return reply, nil
	case *failure:
		return map[string]any{"Error": e.name, "DetailedError": e.detail}, nil
	case *plist.Error:
		return map[string]any{"Error": "MissingRequiredInput", "DetailedError": e.Error()}, nil // inferred
	}
	return nil, err
}

func (m *mounter) hangup(_ *plist.Fields, reply map[string]any) error {
	m.over = true
	reply["Goodbye"] = true
	return nil
}

func (m *mounter) lookup(f *plist.Fields, reply map[string]any) error {
	image, ok := m.Phone.Images.Find(f.String("ImageType"))
	signatures := []any{}
	if ok {
		signatures = append(signatures, image.Signature)
	}
	reply["Status"] = "Complete"
	newer := m.Phone.Version.AtLeast(lists, 0)
	if newer || ok {
		reply["ImageSignature"] = signatures
	}
	if !newer {
		reply["ImagePresent"] = ok
	}
	return nil
}

// lists is the first version that always lists signatures, be there any or none
// (go-ios, imagemounter; doronz88/pymobiledevice3#1815). That it does not say
// ImagePresent any more is what jkcoxson/idevice#54 shows.
const lists = 14

// receive takes an image in, in clear length: a host that sends less is waited for.
func (m *mounter) receive(f *plist.Fields, reply map[string]any) error {
	size := f.Int("ImageSize", 1, maxImage)
	f.Need("ImageSize", "ImageType")
	f.String("ImageType") // the phone looks at it when the image is mounted
	if err := f.Err(); err != nil {
		return err
	}
	if uint64(size) > m.Phone.Free() {
		return &failure{"InternalError", "There is no space left on the device."} // inferred
	}
	if err := m.Send(map[string]any{"Status": "ReceiveBytesAck"}); err != nil {
		return err
	}
	n, err := io.CopyBuffer(onlyWriter{io.Discard}, io.LimitReader(m.Conn, size), make([]byte, 64<<10))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	m.Phone.Images.Received = size
	reply["Status"] = "Complete"
	return nil
}

// onlyWriter hides what makes io.Copy bring a buffer of its own.
type onlyWriter struct{ io.Writer }
