package afc_test

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/files"
	service "github.com/plugfest/plugfest/phone/service/afc"
	"github.com/plugfest/plugfest/phone/service/afc/afctest"
	"github.com/plugfest/plugfest/sim"
)

// A host looks at a phone's pictures, and then finds the phone full.
func Example() {
	w := sim.New()
	media := files.NewMedia(files.Options{Now: w.Time})
	host, phone := w.Pipe("com.apple.afc")
	w.Go("afc", func() {
		_ = service.Serve(w, phone, media, service.Options{Model: "iPhone14,7"})
	})
	_ = w.Run(func() {
		c := afctest.New(host)
		names, err := c.ReadDir("/DCIM/100APPLE")
		fmt.Println(names, err)

		media.SetFree(0)
		fmt.Println(c.WriteFile("/Downloads/film.mov", make([]byte, 1000)))
	})
	// Output:
	// [IMG_0001.JPG IMG_0002.JPG IMG_0003.MOV] <nil>
	// FileRefWrite: afc: no space left (status 18)
}

// A phone whose iOS makes no symbolic links.
func ExampleOptions() {
	w := sim.New()
	_ = w.Run(func() {
		c, _ := afctest.Serve(w, files.NewMemory(files.Options{}), service.Options{Refuse: service.RefuseSymlinks})
		fmt.Println(c.Link(2, "target", "/link"))
	})
	// Output: MakeLink "target": afc: operation not supported (status 15)
}
