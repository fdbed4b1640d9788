package syslog

import "fmt"

// AppendVis appends text as vis(3) does, so that what is appended is printable ASCII
// and blanks. Source: the manual page of vis(3).
//
//	0x80 to 0x9F, 0xFF   \M^C, the control character as below
//	0xA0                 \240
//	0xA1 to 0xFE         \M-C
//	0x00 to 0x1F, 0x7F   \^C; tab stays
//	backslash            \\
func AppendVis(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		switch {
		case c == 0xA0:
			dst = append(dst, `\240`...)
		case c >= 0x80 && control(c&0x7F):
			dst = fmt.Appendf(dst, `\M^%c`, (c&0x7F)^0x40)
		case c >= 0x80:
			dst = fmt.Appendf(dst, `\M-%c`, c&0x7F)
		case c == '\t':
			dst = append(dst, c)
		case control(c):
			dst = fmt.Appendf(dst, `\^%c`, c^0x40)
		case c == '\\':
			dst = append(dst, `\\`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func control(c byte) bool { return c < ' ' || c == 0x7F }
