// Package notification is com.apple.mobile.notification_proxy, which tells a host of
// what happens on the phone, and com.apple.mobile.insecure_notification_proxy, the
// same without pairing: usbmuxd waits there for the user to tap Trust.
//
//	-> {Command: "ObserveNotification", Name: N}    no reply
//	-> {Command: "PostNotification", Name: N}       no reply
//	-> {Command: "Shutdown"}
//	<- {Command: "RelayNotification", Name: N}      for each that is observed
//	<- {Command: "ProxyDeath"}                      the answer to Shutdown; then the end
//
// Source: libimobiledevice (notification_proxy.c), observed with usbmuxd 1.1.1 and
// idevicenotificationproxy.
package notification
