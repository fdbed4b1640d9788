// Package configuration is com.apple.mobile.MCInstall: the configuration profiles on
// the phone, by which organisations manage it.
//
//	-> {RequestType: "GetProfileList"}
//	<- {Status: "Acknowledged", OrderedIdentifiers [..], ProfileManifest {..}, ProfileMetadata {..}}
//	-> {RequestType: "GetCloudConfiguration"}
//	<- {Status: "Acknowledged", CloudConfiguration {..}}
//	-> {RequestType: "Flush"} or another
//	<- {Status: "Acknowledged"} or {Status: "Error"}
//
// A simulated phone has no such profiles, and installs none.
//
// Source: go-ios (mcinstall), pymobiledevice3 (mobile_config.py).
package configuration
