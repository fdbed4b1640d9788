// Package filerelay is com.apple.mobile.file_relay of iOS before 8: logs and other files,
// packed.
//
//	-> {Sources: ["AppleSupport", "Network", ..]}
//	<- {Status: "Acknowledged"}, then a cpio archive in gzip, until the phone hangs up
//	<- {Error: "InvalidSource" | "StagingEmpty" | "PermissionDenied"}
//
// Source: libimobiledevice (file_relay.c). The archive holds one text file a source.
package filerelay
