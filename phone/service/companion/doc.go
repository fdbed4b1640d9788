// Package companion is com.apple.companion_proxy: the watches paired with an iPhone.
//
//	Command                       arguments                                  reply
//	GetDeviceRegistry             -                                          {PairedDevicesArray} or Error NoPairedWatches
//	GetValueFromRegistry          GetValueGizmoUDIDKey, GetValueKeyKey       {RetrievedValueDictionary} or Error UnsupportedWatchKey
//	StartListeningForDevices      -                                          one like GetDeviceRegistry's whenever it changes
//	StartForwardingServicePort    GizmoRemotePortNumber                      {CompanionProxyServicePort} or Error
//	StopForwardingServicePort     GizmoRemotePortNumber                      {Command: ComandSuccess}
//
// A phone has no watch unless its Options say so. Ports are not forwarded: there is
// no watch at their other end.
//
// Source: libimobiledevice (companion_proxy.c), pymobiledevice3 (companion.py).
package companion
