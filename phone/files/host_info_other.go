//go:build !unix

package files

import "io/fs"

// hostDetails adds what package io/fs does not tell: nothing here.
func hostDetails(fs.FileInfo, *Info) {}
