// Package zipconduit is com.apple.streaming_zip_conduit: an app comes as a stream and
// is installed.
//
//	-> {MediaSubdir: "PublicStaging/NAME", InstallTransferredDirectory: 1,
//	    InstallOptionsDictionary {..}, UserInitiatedTransfer}
//	-> local file records of a ZIP archive, stored and without data descriptors:
//	   META-INF/, META-INF/com.apple.ZipMetadata.plist, then every file
//	-> 50 4B 01 02, the beginning of a central directory that does not come
//	<- {InstallProgressDict {Status, PercentComplete}}..
//	<- {Status: "DataComplete"}, or {InstallProgressDict {Error, ErrorDescription}}
//
// The files go to MediaSubdir, from where package installation installs them. A
// stream that breaks off leaves what had come.
//
// Source: go-ios (zipconduit, observed with ios install). That the phone reads on
// after it has found something wrong, and tells at the end, is inferred.
package zipconduit
