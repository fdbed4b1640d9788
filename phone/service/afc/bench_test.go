package afc_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/afc"
)

// 16 MiB through one handle, in requests of the sizes that clients use:
// idevicecrashreport 4 KiB, go-ios 32 KiB, afcclient 1 MiB, pymobiledevice3
// 4 MiB.
func BenchmarkTransfer(b *testing.B) {
	const size = 16 << 20
	for _, kind := range []string{"memory", "host"} {
		for _, step := range []int{4 << 10, 32 << 10, 1 << 20, 4 << 20} {
			for _, way := range []string{"write", "read"} {
				b.Run(fmt.Sprintf("%s/%s/%dKiB", kind, way, step>>10), func(b *testing.B) {
					var tree files.Tree = files.NewMemory(files.Options{})
					if kind == "host" {
						tree = hostTree(b)
					}
					require.NoError(b, files.WriteFile(tree, "f", make([]byte, size)))
					w := sim.New(sim.StepLimit(1 << 62))
					require.NoError(b, w.Run(func() {
						c, _ := afctest.Serve(w, tree, service.Options{})
						f := open(b, c, "f", afc.ModeReadWrite)
						buf := make([]byte, step)
						b.SetBytes(size)
						b.ReportAllocs()
						for b.Loop() {
							_, err := f.Seek(0, 0)
							for off := 0; off < size && err == nil; off += step {
								if way == "write" {
									_, err = f.Write(buf)
								} else {
									_, err = f.Read(buf)
								}
							}
							if err != nil {
								b.Fatal(err)
							}
						}
					}))
				})
			}
		}
	}
}

// What ifuse does to list a directory: a listing, and a look at each name.
func BenchmarkStat(b *testing.B) {
	tree := files.NewMedia(files.Options{})
	w := sim.New(sim.StepLimit(1 << 62))
	require.NoError(b, w.Run(func() {
		c, _ := afctest.Serve(w, tree, service.Options{})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Stat("/DCIM/100APPLE/IMG_0001.JPG"); err != nil {
				b.Fatal(err)
			}
		}
	}))
}
