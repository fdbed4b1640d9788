package location

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/phone/state"
	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// Name is what a host asks for.
const Name = wire.ServiceSimulateLocation

// maxText bounds the length of a coordinate.
const maxText = 64

// Service returns the service.
func Service() service.Service {
	return service.Service{
		Name: Name, Developer: true, Serve: Serve,
		IOS: state.Range{Since: state.MustVersion("6.0"), Until: state.MustVersion("17.0")},
	}
}

// Serve takes orders until the host hangs up.
func Serve(s *service.Session) error {
	for {
		if err := order(s); err != nil {
			return err
		}
	}
}

// order takes one. What has begun must come to its end in the time of a frame.
func order(s *service.Session) error {
	var head [4]byte
	if _, err := io.ReadFull(s, head[:1]); err != nil {
		return err
	}
	_ = s.Conn.SetReadDeadline(s.World.Time().Add(s.Limits.Frame))
	defer func() { _ = s.Conn.SetReadDeadline(time.Time{}) }()
	if _, err := io.ReadFull(s, head[1:]); err != nil {
		return err
	}
	switch n := binary.BigEndian.Uint32(head[:]); n {
	case 0:
		l := state.Location{Simulated: true}
		var err error
		if l.Latitude, err = coordinate(s, "latitude", 90); err != nil {
			return err
		}
		if l.Longitude, err = coordinate(s, "longitude", 180); err != nil {
			return err
		}
		s.Phone.SetLocation(l)
	case 1:
		s.Phone.SetLocation(state.Location{})
	default:
		return fmt.Errorf("location: order %d, want 0 or 1", n)
	}
	return nil
}

func number(r io.Reader) (uint32, error) {
	var b [4]byte
	_, err := io.ReadFull(r, b[:])
	return binary.BigEndian.Uint32(b[:]), err
}

// coordinate reads a text that is a number of degrees.
func coordinate(r io.Reader, name string, limit float64) (string, error) {
	n, err := number(r)
	if err != nil {
		return "", err
	}
	if n > maxText {
		return "", fmt.Errorf("location: %s of %d bytes, limit %d", name, n, maxText)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", err
	}
	text := strings.TrimRight(string(b), "\x00")
	degrees, err := strconv.ParseFloat(text, 64)
	if err != nil || !(degrees >= -limit && degrees <= limit) {
		return "", fmt.Errorf("location: %s is %q, want a number from %v to %v", name, text, -limit, limit)
	}
	return text, nil
}
