// Package misagent is com.apple.misagent: the provisioning profiles on the phone.
//
//	-> {MessageType: "Install", ProfileType: "Provisioning", Profile: data}
//	-> {MessageType: "Remove", ProfileType: "Provisioning", ProfileID: UUID}
//	-> {MessageType: "Copy" or "CopyAll", ProfileType: "Provisioning"}     CopyAll from iOS 9.3 on
//	<- {MessageType: "Response", Status: 0 if it went well, Payload: [data ..]}
//
// The phone looks into a profile for its UUID, and no further: a signature that is
// not Apple's is fine here.
//
// Source: libimobiledevice (misagent.c, observed with ideviceprovision), go-ios
// (misagent). The numbers of errors are inferred: tools print them as they come.
package misagent
