// Package housearrest is com.apple.mobile.house_arrest: the files of one app.
//
//	-> {Command: "VendContainer" or "VendDocuments", Identifier: bundle id}
//	<- {Status: "Complete"}, and then the connection speaks AFC
//	<- {Error: "ApplicationLookupFailed"}     no such app of the user
//	<- {Error: "InstallationLookupFailed"}    the app does not allow it
//
// VendDocuments shows the directory Documents of an app that shares it with hosts
// (UIFileSharingEnabled); VendContainer all files of an app that is signed for
// development, and before iOS 8.3 of any.
//
// Source: libimobiledevice (house_arrest.c, observed with ifuse), go-ios
// (house_arrest). Which of the two errors comes when is inferred.
package housearrest
