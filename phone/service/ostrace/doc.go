// Package ostrace is com.apple.os_trace_relay: the phone's log in binary records, and
// the list of what runs. Requests are frames; each has its own form of reply:
//
//	-> {Request: "PidList"}
//	<- 01, length (4, big-endian), {Status: "RequestSuccessful", Payload: {PID: {ProcessName}}}
//
//	-> {Request: "StartActivity", Pid: -1 or one, MessageFilter, StreamFlags}
//	<- 04 00 00 00, length (4, little-endian), {Status: "RequestSuccessful"}
//	<- 02, length (4, little-endian), record       for each entry, until the host hangs up
//
//	-> {Request: "CreateArchive"}
//	<- 01, length (4, big-endian), {Status: "RequestSuccessful"}
//	<- 03, length (4, little-endian), part of a tar archive   until its end
//
// Source: pymobiledevice3 (os_trace.py), go-ios (ostrace).
package ostrace
