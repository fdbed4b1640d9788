package state

import (
	"bytes"
	"slices"

	"github.com/plugfest/plugfest/sim"
)

// An Image is a disk image that a host mounted.
type Image struct {
	Type      string // "Developer", "Personalized", "Cryptex"
	Signature []byte
	MountPath string
}

// Images are the disk images mounted, and the one received last.
type Images struct {
	s        *State
	mounted  []Image
	Received int64 // bytes of the image that was received last
}

// ImageTypes are the types that a phone knows, by iOS: from 17 on the developer
// image is a personalized one.
func (m *Images) developerType() string {
	if m.s.Version.AtLeast(17, 0) {
		return "Personalized"
	}
	return "Developer"
}

func newImages(s *State) *Images {
	m := &Images{s: s}
	if s.options.Image {
		m.Mount(Image{Type: m.developerType(), Signature: s.Identity.Bytes("developer image", 128)})
	}
	return m
}

// reset unmounts all, as a restart does.
func (m *Images) reset() { m.mounted, m.Received = nil, 0 }

// All returns the mounted images.
func (m *Images) All() []Image { return slices.Clone(m.mounted) }

// Find returns the mounted image of a type.
func (m *Images) Find(kind string) (Image, bool) {
	i := slices.IndexFunc(m.mounted, func(i Image) bool { return i.Type == kind })
	if i < 0 {
		return Image{}, false
	}
	return m.mounted[i], true
}

// Developer reports whether the developer image is mounted.
func (m *Images) Developer() bool {
	_, ok := m.Find(m.developerType())
	return ok
}

// Mount mounts an image and reports false if one of its type is mounted already.
func (m *Images) Mount(i Image) bool {
	if _, ok := m.Find(i.Type); ok {
		return false
	}
	i.Signature = bytes.Clone(i.Signature)
	if i.MountPath == "" {
		i.MountPath = "/Developer"
		if m.s.Version.AtLeast(17, 0) {
			i.MountPath = "/System/Developer"
		}
	}
	m.mounted = append(m.mounted, i)
	m.s.emit("image mounted", sim.Text("type", i.Type))
	if m.s.Notifications != nil {
		m.s.Notifications.Post(DeveloperImageMounted)
	}
	return true
}

// Unmount unmounts what is mounted at a path and reports whether something was.
func (m *Images) Unmount(path string) bool {
	n := len(m.mounted)
	m.mounted = slices.DeleteFunc(m.mounted, func(i Image) bool { return i.MountPath == path })
	return len(m.mounted) < n
}
