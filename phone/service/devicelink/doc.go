// Package devicelink is the manner of speaking that screenshotr, mobilebackup2 and
// mobilesync share: property lists that are arrays, whose first element names the
// message.
//
//	<- ["DLMessageVersionExchange", 300, 0]
//	-> ["DLMessageVersionExchange", "DLVersionsOk", 300]
//	<- ["DLMessageDeviceReady"]
//	-> ["DLMessageProcessMessage", {MessageType: ..}]      and so on, both ways
//	-> ["DLMessageDisconnect", "___EmptyParameterString___"]
//
// A host that offers a lower version than the phone's refuses by itself.
//
// Source: libimobiledevice (device_link_service.c), observed with idevicescreenshot.
package devicelink
