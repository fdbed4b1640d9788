// Package springboard is com.apple.springboardservices: the home screen and its icons.
// Requests are frames with the key "command":
//
//	command                           arguments        reply
//	getIconState                      formatVersion    the array of pages itself, the dock first
//	setIconState                      iconState        none
//	getIconPNGData                    bundleId         {pngData}
//	getInterfaceOrientation           -                {interfaceOrientation}: 1 to 4
//	getHomeScreenWallpaperPNGData     -                {pngData}
//	getHomeScreenIconMetrics          -                sizes of the home screen
//	getWallpaperInfo                  wallpaperName    {wallpaperInfo}
//	getWallpaperPreviewImage          wallpaperName    {pngData}
//
// What a phone does not know is answered with {Error} (inferred).
//
// Source: libimobiledevice (sbservices.c), go-ios (springboard), pymobiledevice3
// (springboard.py).
package springboard
