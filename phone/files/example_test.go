package files_test

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/phone/files"
)

func Example() {
	tree := files.NewMemory(files.Options{Total: 1 << 30, Free: 1 << 20})
	_ = files.MkdirAll(tree, "/DCIM/100APPLE")
	_ = files.WriteFile(tree, "/DCIM/100APPLE/note.txt", []byte("hello"))

	_ = files.Walk(tree, "/", func(name string, i files.Info) error {
		fmt.Printf("/%s %v %d\n", name, i.Kind, i.Size)
		return nil
	})
	fmt.Println(tree.Space().Free)

	tree.SetFree(0)
	err := files.WriteFile(tree, "/DCIM/more.txt", []byte("hello"))
	fmt.Println(err, errors.Is(err, files.ErrNoSpace))
	// Output:
	// / directory 96
	// /DCIM directory 96
	// /DCIM/100APPLE directory 96
	// /DCIM/100APPLE/note.txt file 5
	// 1044480
	// write /DCIM/more.txt: no space left true
}

// No name leads out of a tree.
func ExampleClean() {
	for _, name := range []string{"/DCIM//./100APPLE/", "../../etc/passwd", "a\x00b"} {
		clean, err := files.Clean(name)
		fmt.Printf("%q %v\n", clean, err != nil)
	}
	// Output:
	// "DCIM/100APPLE" false
	// "etc/passwd" false
	// "" true
}

func ExampleParseLayout() {
	l, err := files.ParseLayout([]byte(`
entries:
  - path: Documents/readme.txt
    text: "Put your files here.\n"
  - path: Documents/film.mov
    zeros: 5000000000
`))
	fmt.Println(err)
	tree := files.NewMemory(files.Options{})
	fmt.Println(l.Build(tree))
	i, _ := tree.Lstat("Documents/film.mov")
	fmt.Println(i.Size, i.Blocks)
	// Output:
	// <nil>
	// <nil>
	// 5000000000 0
}
