package tap

import (
	"fmt"
	"sync"
)

// lockdownPort is where lockdownd listens on every phone.
const lockdownPort = 62078

// services remembers which port of a phone lockdown gave to which service, as
// far as it said so in the clear. All conversations of a tap share it.
type services struct {
	mu    sync.Mutex
	names map[[2]uint32]string
}

func (s *services) of(device uint32, port uint16) string {
	if port == lockdownPort {
		return "lockdown"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[[2]uint32{device, uint32(port)}]
}

func (s *services) learn(device uint32, port uint16, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil || len(s.names) > 10_000 {
		s.names = map[[2]uint32]string{}
	}
	s.names[[2]uint32{device, uint32(port)}] = name
}

// talk is what both directions of a connection to a port share.
type talk struct {
	device uint32
	port   uint16
	names  *services
}

func (t *talk) lockdown() bool { return t.port == lockdownPort }

// name says where bytes of no known form go.
func (t *talk) name() string {
	if n := t.names.of(t.device, t.port); n != "" {
		return n
	}
	return fmt.Sprintf("port %d", t.port)
}
