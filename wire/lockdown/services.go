package lockdown

// Names of services, for StartService. Those of developers need a mounted
// image; from iOS 14 they have a twin with TLS throughout, DVTSecureSocketProxy or
// ".secure" by name, and from iOS 17 most have moved behind RemoteXPC.
//
// Source: libimobiledevice, go-ios and pymobiledevice3.
const (
	ServiceAFC                       = "com.apple.afc"
	ServiceCompanionProxy            = "com.apple.companion_proxy"
	ServiceCoreDeviceProxy           = "com.apple.internal.devicecompute.CoreDeviceProxy" // iOS 17.4
	ServiceCrashReportCopy           = "com.apple.crashreportcopymobile"
	ServiceCrashReportMover          = "com.apple.crashreportmover"
	ServiceDebugServer               = "com.apple.debugserver"
	ServiceDiagnosticsRelay          = "com.apple.mobile.diagnostics_relay"
	ServiceDiagnosticsRelayOld       = "com.apple.iosdiagnostics.relay" // before iOS 5
	ServiceFileRelay                 = "com.apple.mobile.file_relay"
	ServiceHeartbeat                 = "com.apple.mobile.heartbeat"
	ServiceHouseArrest               = "com.apple.mobile.house_arrest"
	ServiceInsecureNotificationProxy = "com.apple.mobile.insecure_notification_proxy" // needs no session
	ServiceInstallationProxy         = "com.apple.mobile.installation_proxy"
	ServiceInstruments               = "com.apple.instruments.remoteserver"
	ServiceInstrumentsTLS            = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"
	ServiceMCInstall                 = "com.apple.mobile.MCInstall"
	ServiceMisagent                  = "com.apple.misagent"
	ServiceMobileActivation          = "com.apple.mobileactivationd"
	ServiceMobileBackup              = "com.apple.mobilebackup"
	ServiceMobileBackup2             = "com.apple.mobilebackup2"
	ServiceMobileImageMounter        = "com.apple.mobile.mobile_image_mounter"
	ServiceMobileSync                = "com.apple.mobilesync"
	ServiceNotificationProxy         = "com.apple.mobile.notification_proxy"
	ServiceOSTraceRelay              = "com.apple.os_trace_relay"
	ServicePcapd                     = "com.apple.pcapd"
	ServicePreboard                  = "com.apple.preboardservice_v2"
	ServiceScreenshotr               = "com.apple.mobile.screenshotr"
	ServiceSimulateLocation          = "com.apple.dt.simulatelocation"
	ServiceSpringBoard               = "com.apple.springboardservices"
	ServiceStreamingZip              = "com.apple.streaming_zip_conduit"
	ServiceSyslogRelay               = "com.apple.syslog_relay"
	ServiceTestManager               = "com.apple.testmanagerd.lockdown"
	ServiceTestManagerTLS            = "com.apple.testmanagerd.lockdown.secure"
	ServiceWebInspector              = "com.apple.webinspector"
	ServiceCarKit                    = "com.apple.carkit.service"
)

// TypeLockdown and TypeRestored are the answers to QueryType.
const (
	TypeLockdown = "com.apple.mobile.lockdown"
	TypeRestored = "com.apple.mobile.restored" // in restore mode
)
