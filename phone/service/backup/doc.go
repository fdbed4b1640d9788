// Package backup is com.apple.mobilebackup2 as far as its handshake: a host opens
// DeviceLink, agrees on a version, and is told that the phone cannot be backed up.
//
//	<- ["DLMessageVersionExchange", 400, 0]
//	-> ["DLMessageVersionExchange", "DLVersionsOk", 400]
//	<- ["DLMessageDeviceReady"]
//	-> ["DLMessageProcessMessage", {MessageName: "Hello", SupportedProtocolVersions: [2.0, 2.1]}]
//	<- ["DLMessageProcessMessage", {MessageName: "Response", ErrorCode: 0, ProtocolVersion: 2.1}]
//	-> ["DLMessageProcessMessage", {MessageName: "Backup", ..}]
//	<- ["DLMessageProcessMessage", {MessageName: "Response", ErrorCode: .., ErrorDescription}]
//	-> ["DLMessageDisconnect", ..]
//
// com.apple.mobilebackup and com.apple.mobilesync, which are older, exchange versions
// and no more.
//
// Source: libimobiledevice (mobilebackup2.c, device_link_service.c). The version that
// the phone offers is inferred: Debian's tools offer 400, those of libimobiledevice
// 1.3.0 upstream 300, and refuse what is above (libimobiledevice#1431).
package backup
