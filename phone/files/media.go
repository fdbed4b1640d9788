package files

import (
	_ "embed"
	"math"
)

//go:embed media.yaml
var mediaYAML []byte

// Media is what a phone has below /var/mobile/Media, the root of com.apple.afc:
// the directories that tools expect, and a few pictures and recordings.
func Media() Layout {
	l, err := ParseLayout(mediaYAML)
	if err != nil {
		panic(err) // embedded, and tested
	}
	return l
}

// NewMedia makes a tree in memory that holds [Media]. It takes about 2 ms and
// 130 KB: with many phones, make it when the first service needs it.
func NewMedia(o Options) *Memory {
	m := NewMemory(o)
	space := m.disk.Space
	m.disk.Space = Space{Total: math.MaxInt64, Free: math.MaxInt64, BlockSize: space.BlockSize}
	if err := Media().Build(m); err != nil {
		panic(err) // nothing is in its way in an empty tree
	}
	m.disk.Space = space // what it holds is part of what is not free
	return m
}
