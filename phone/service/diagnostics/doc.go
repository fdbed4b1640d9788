// Package diagnostics is com.apple.mobile.diagnostics_relay: it tells a host about
// battery, registry and configuration, and restarts the phone.
//
//	Request                     arguments                        reply, beside Status
//	All, WiFi, GasGauge, NAND,  -                                Diagnostics {GasGauge {..}, ..}
//	HDMI
//	MobileGestalt               MobileGestaltKeys [..]           Diagnostics {MobileGestalt {Status, ..}}
//	IORegistry                  CurrentPlane, EntryName,         Diagnostics {IORegistry {..}}
//	                            EntryClass: any of them
//	Restart, Shutdown, Sleep    WaitForDisconnect and others     -
//	Goodbye                     -                                -
//
// Status is Success, Failure or UnknownRequest. From iOS 17.4 on the inner Status of
// MobileGestalt is MobileGestaltDeprecated.
//
// Source: libimobiledevice (diagnostics_relay.c, observed with idevicediagnostics),
// go-ios (diagnostics), pymobiledevice3 (diagnostics.py). Which entries the registry
// has is a choice: those that these tools ask for.
package diagnostics
