package imagemounter

import (
	"path"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/wire/plist"
)

// Phrases of DetailedError that host tools look for (pymobiledevice3).
const (
	alreadyMounted  = "The developer image is already mounted."
	noDeveloperMode = "Developer mode is not enabled on this device."
	noEntry         = "There is no matching entry in the device map for the mount path."
)

func (m *mounter) mount(f *plist.Fields, reply map[string]any) error {
	f.Need("ImageType")
	image := state.Image{Type: f.String("ImageType"), Signature: f.Data("ImageSignature")}
	if err := f.Err(); err != nil {
		return err
	}
	seventeen := m.Phone.Version.AtLeast(17, 0)
	switch {
	case !m.Phone.DeveloperMode():
		return &failure{"InternalError", noDeveloperMode}
	case image.Type != "Developer" && image.Type != "Personalized" && image.Type != "Cryptex",
		image.Type == "Developer" && seventeen, image.Type == "Personalized" && !seventeen:
		return &failure{"InvalidImageType", "The device does not take images of this type."} // inferred
	case image.Type == "Personalized" && !f.Has("ImageTrustCache"):
		return &failure{"MissingTrustCache", "A personalized image needs its trust cache."} // inferred
	case !m.received(f):
		return &failure{"ImageMountFailed", "No image was received."} // inferred
	case !m.Phone.Images.Mount(image):
		return &failure{"ImageMountFailed", alreadyMounted}
	}
	reply["Status"] = "Complete"
	return nil
}

// received reports whether there is an image to mount. Before iOS 7 a host puts it
// into PublicStaging with AFC.
func (m *mounter) received(f *plist.Fields) bool {
	if m.Phone.Version.AtLeast(7, 0) {
		return m.Phone.Images.Received > 0
	}
	_, err := m.Phone.Media().Lstat("PublicStaging/" + path.Base(f.String("ImagePath")))
	return err == nil
}

// unmount is of iOS 14 (inferred); older ones do not know it.
func (m *mounter) unmount(f *plist.Fields, reply map[string]any) error {
	if !m.Phone.Version.AtLeast(14, 0) {
		return &failure{"UnknownCommand", "no such command"}
	}
	f.Need("MountPath")
	where := f.String("MountPath")
	if err := f.Err(); err != nil {
		return err
	}
	if !m.Phone.Images.Unmount(where) {
		return &failure{"InternalError", noEntry}
	}
	reply["Status"] = "Complete"
	return nil
}

func (m *mounter) copyDevices(_ *plist.Fields, reply map[string]any) error {
	list := []any{}
	for _, image := range m.Phone.Images.All() {
		list = append(list, map[string]any{
			"DiskImageType":                image.Type,
			"ImageSignature":               image.Signature,
			"IsMounted":                    true,
			"MountPath":                    image.MountPath,
			"PersonalizedImageType":        "DeveloperDiskImage",
			"SupportsPersonalizedMounting": image.Type == "Personalized",
		})
	}
	reply["EntryList"] = list
	return nil
}

func (m *mounter) developerMode(_ *plist.Fields, reply map[string]any) error {
	if !m.Phone.Version.AtLeast(16, 0) {
		return &failure{"UnknownCommand", "no such command"}
	}
	reply["DeveloperModeStatus"] = m.Phone.DeveloperMode()
	return nil
}

// personal refuses what only phones with personalized images have.
func (m *mounter) personal() error {
	if !m.Phone.Version.AtLeast(17, 0) {
		return &failure{"UnknownCommand", "no such command"}
	}
	return nil
}

func (m *mounter) nonce(_ *plist.Fields, reply map[string]any) error {
	reply["PersonalizationNonce"] = m.Phone.Identity.Bytes("personalization nonce", 32)
	return m.personal()
}

func (m *mounter) identifiers(_ *plist.Fields, reply map[string]any) error {
	reply["PersonalizationIdentifiers"] = map[string]any{
		"BoardId":        m.Phone.Model.Board,
		"ChipID":         m.Phone.Model.Chip,
		"SecurityDomain": uint64(1),
		"UniqueChipID":   m.Phone.Identity.ECID,
	}
	return m.personal()
}

// manifest knows none: a host then asks Apple's signing server for a new one.
func (m *mounter) manifest(*plist.Fields, map[string]any) error {
	if err := m.personal(); err != nil {
		return err
	}
	return &failure{"MissingManifest", "There is no manifest for this image."} // inferred
}
