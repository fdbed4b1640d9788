//go:build unix

package files

import (
	"io/fs"
	"syscall"
)

// hostDetails adds what package io/fs does not tell.
func hostDetails(fi fs.FileInfo, i *Info) {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		i.Links, i.Blocks = int64(st.Nlink), int64(st.Blocks)
	}
}
