package state

import "github.com/plugfest/plugfest/sim"

// Names of notifications that host tools know (libimobiledevice, notification_proxy.h).
const (
	RequestPair           = "com.apple.mobile.lockdown.request_pair"
	RequestHostBUID       = "com.apple.mobile.lockdown.request_host_buid"
	DeviceNameChanged     = "com.apple.mobile.lockdown.device_name_changed"
	TimezoneChanged       = "com.apple.mobile.lockdown.timezone_changed"
	TrustedHostAttached   = "com.apple.mobile.lockdown.trusted_host_attached"
	HostAttached          = "com.apple.mobile.lockdown.host_attached"
	HostDetached          = "com.apple.mobile.lockdown.host_detached"
	ActivationState       = "com.apple.mobile.lockdown.activation_state"
	DiskUsageChanged      = "com.apple.mobile.lockdown.disk_usage_changed"
	ApplicationInstalled  = "com.apple.mobile.application_installed"
	ApplicationRemoved    = "com.apple.mobile.application_uninstalled"
	DeveloperImageMounted = "com.apple.mobile.developer_image_mounted"
	LanguageChanged       = "com.apple.language.changed"
)

// Notifications is the phone's bus of named events: what is posted reaches everybody
// who listens at that moment.
type Notifications struct {
	Feed[string]
	s *State
}

// notificationsKept bounds how far a listener may fall behind.
const notificationsKept = 256

func newNotifications(s *State) *Notifications {
	n := &Notifications{s: s}
	n.init(s.w, s.name+": a notification", notificationsKept)
	return n
}

// Post posts a notification.
func (n *Notifications) Post(name string) {
	n.s.emit("notification", sim.Text("name", name))
	n.Add(name)
}
