// Package crashreport is com.apple.crashreportmover: it moves new crash reports to the
// others and then sends the four bytes "ping"; a host waits for them, and then fetches
// the reports with com.apple.crashreportcopymobile, which is AFC.
//
// Source: libimobiledevice (idevicecrashreport, observed), go-ios (crashreport).
package crashreport
