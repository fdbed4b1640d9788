// Package imagemounter is com.apple.mobile.mobile_image_mounter: a host sends the
// developer disk image and has it mounted.
//
//	Command                             arguments                      reply
//	LookupImage                         ImageType                      Status Complete, ImageSignature [..]; before iOS 14 ImagePresent
//	ReceiveBytes                        ImageSize, ImageType,          Status ReceiveBytesAck; then ImageSize raw
//	                                    ImageSignature                 bytes come in; then Status Complete
//	MountImage                          ImagePath, ImageType,          Status Complete
//	                                    ImageSignature, and from 17 on
//	                                    ImageTrustCache
//	UnmountImage                        MountPath                      Status Complete
//	CopyDevices                         -                              EntryList
//	QueryNonce                          PersonalizedImageType          PersonalizationNonce
//	QueryPersonalizationIdentifiers     -                              PersonalizationIdentifiers
//	QueryPersonalizationManifest        ImageType, ImageSignature      ImageSignature
//	QueryDeveloperModeStatus            -                              DeveloperModeStatus
//	Hangup                              -                              Goodbye; then the end
//
// Failure is {Error, DetailedError}; a locked phone says DeviceLocked. The phone
// does not look into an image: any bytes will do, if there are as many as was said.
//
// Source: libimobiledevice (mobile_image_mounter.c, observed with
// ideviceimagemounter), pymobiledevice3 (mobile_image_mounter.py).
package imagemounter
