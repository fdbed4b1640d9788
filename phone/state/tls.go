package state

import "crypto/tls"

// MinTLS returns the oldest version of TLS that the phone takes: that of the options,
// or else TLS 1.0, which usbmuxd 1.1.1 begins with whatever the phone. From iOS 26 on
// it is TLS 1.2 (inferred from libimobiledevice/usbmuxd#269).
func (s *State) MinTLS() uint16 {
	switch {
	case s.options.MinTLS != 0:
		return s.options.MinTLS
	case s.Version.AtLeast(26, 0):
		return tls.VersionTLS12
	}
	return tls.VersionTLS10
}
