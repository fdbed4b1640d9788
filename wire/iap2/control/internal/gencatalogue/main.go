// Command gencatalogue turns catalogue.yaml into the Go table of package
// control, so that the package needs no YAML at run time.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gencatalogue CATALOGUE.yaml OUT.go")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gencatalogue:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	text, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	f, err := load(text)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	code, err := render(f)
	if err != nil {
		return err
	}
	return os.WriteFile(out, code, 0o644)
}
