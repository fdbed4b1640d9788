package muxd

import (
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/plugfest/plugfest/sim"
)

// Memory is [Records] that last as long as the program. It may be shared by
// daemons, as one that is started again.
type Memory struct {
	mu      sync.Mutex // its methods run outside of the world
	random  io.Reader
	buid    string
	records map[string][]byte
}

// NewMemory makes an empty one. The identity follows from the world's seed and
// the name.
func NewMemory(w *sim.World, name string) *Memory {
	return &Memory{random: w.Bytes(name + ": host identity"), records: map[string][]byte{}}
}

// BUID implements [Records].
func (m *Memory) BUID() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var err error
	if m.buid == "" {
		m.buid, err = newBUID(m.random)
	}
	return m.buid, err
}

// Read implements [Records].
func (m *Memory) Read(id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.records[id]
	if !ok {
		return nil, notExist(id)
	}
	return append([]byte(nil), b...), nil
}

// Save implements [Records].
func (m *Memory) Save(id string, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records[id] = append([]byte(nil), record...)
	return nil
}

// Delete implements [Records].
func (m *Memory) Delete(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.records[id]; !ok {
		return notExist(id)
	}
	delete(m.records, id)
	return nil
}

func notExist(id string) error { return fmt.Errorf("muxd: pair record %s: %w", id, fs.ErrNotExist) }
