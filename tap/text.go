package tap

import (
	"bytes"
	"fmt"
	"io"
)

// Text returns a function for [Options.Note] that writes each note as a line:
//
//	12:04:07.123456  #1 client > usbmuxd   Connect tag=2 device=1 port=62078 (lockdown)
//	12:04:07.125012  #1 server > lockdown  GetValue ProductVersion = "17.5"
//
// and, if full is set, the property list below it. Errors of the writer are
// nobody's: a tap goes on.
func Text(w io.Writer, full bool) func(Note) {
	return func(n Note) {
		fmt.Fprintf(w, "%s  #%d %s > %-8s  %s\n", n.At.Format("15:04:05.000000"), n.Conn, n.From, n.Protocol, n.Text)
		if full && len(n.Detail) > 0 {
			for l := range bytes.Lines(n.Detail) {
				fmt.Fprintf(w, "        %s", l)
			}
			if n.Detail[len(n.Detail)-1] != '\n' {
				fmt.Fprintln(w)
			}
		}
	}
}
