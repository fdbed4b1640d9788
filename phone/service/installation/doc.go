// Package installation is com.apple.mobile.installation_proxy: the apps on the phone.
// Requests are frames with the key Command, and options in ClientOptions.
//
//	Command                   arguments                            replies
//	Browse                    ApplicationType, ReturnAttributes    {Status: "BrowsingApplications", CurrentIndex,
//	                                                               CurrentAmount, Total, CurrentList}.., Complete
//	Lookup                    BundleIDs, ReturnAttributes          {Status: "Complete", LookupResult {bundle: {..}}}
//	Install, Upgrade          PackagePath                          {Status, PercentComplete}.., Complete
//	Uninstall                 ApplicationIdentifier                the same
//	LookupArchives            -                                    {Status: "Complete", LookupResult {}}
//	CheckCapabilitiesMatch    Capabilities                         {Status: "Complete", LookupResult {..}}
//
// Complete is {Status: "Complete"}. What does not go well is {Error, ErrorDescription,
// ErrorDetail}. A package is an .ipa file or a directory in PublicStaging, which a
// host sent by AFC before; the phone reads its Info.plist, and does not verify its
// signature.
//
// Source: libimobiledevice (installation_proxy.c, observed with ideviceinstaller),
// go-ios (installationproxy); what phones say of a package that they refuse is from
// issues of ideviceinstaller and others, named where it stands.
package installation
