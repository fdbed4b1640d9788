// Package heartbeat is com.apple.mobile.heartbeat: the phone says Marco, and a host
// that does not say Polo is taken for gone.
//
//	<- {Command: "Marco", Interval: 10}      at once, and then every Interval seconds
//	-> {Command: "Polo"}                     within the interval, or the phone hangs up
//	<- {Command: "SleepyTime"}               before the phone sleeps
//
// Source: libimobiledevice (heartbeat.c), pymobiledevice3, idevice (SleepyTime).
package heartbeat
