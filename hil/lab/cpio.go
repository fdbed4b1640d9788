package lab

import (
	"fmt"
	"io"
)

// cpio writes an archive in the "newc" format that the kernel unpacks as its
// first root: Documentation/driver-api/early-userspace/buffer-format.rst of
// Linux.
type cpio struct {
	w     io.Writer
	n     int64 // bytes written
	inode int
	err   error
}

// File types of cpio's mode field.
const (
	cpioDir  = 0o040000
	cpioFile = 0o100000
	cpioChar = 0o020000
)

func (c *cpio) dir(name string)                         { c.entry(name, cpioDir|0o755, 0, 0, nil) }
func (c *cpio) file(name string, perm int, data []byte) { c.entry(name, cpioFile|perm, 0, 0, data) }
func (c *cpio) device(name string, perm, maj, minor int) {
	c.entry(name, cpioChar|perm, maj, minor, nil)
}

// close writes the entry that ends an archive.
func (c *cpio) close() error {
	c.entry("TRAILER!!!", 0, 0, 0, nil)
	return c.err
}

func (c *cpio) entry(name string, mode, maj, minor int, data []byte) {
	c.inode++
	c.write([]byte(fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		c.inode, mode, 0, 0, 1, 0, len(data), 0, 0, maj, minor, len(name)+1, 0)))
	c.write(append([]byte(name), 0))
	c.pad()
	c.write(data)
	c.pad()
}

// pad fills up to a multiple of 4.
func (c *cpio) pad() { c.write(make([]byte, -c.n&3)) }

func (c *cpio) write(p []byte) {
	if c.err != nil {
		return
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
}
