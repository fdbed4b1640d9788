// Package screenshot is com.apple.mobile.screenshotr, for developers: the phone's
// screen as a picture, over DeviceLink.
//
//	-> {MessageType: "ScreenShotRequest"}
//	<- {MessageType: "ScreenShotReply", ScreenShotData: PNG, or TIFF before iOS 9}
//
// From iOS 17 on the service is not among those of lockdownd. That older phones
// send TIFF is what idevicescreenshot is ready for; since when they do not is inferred.
//
// Source: libimobiledevice (screenshotr.c), observed with idevicescreenshot.
package screenshot
