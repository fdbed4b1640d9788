package plist

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Kinds of object in a binary list: the high half of the marker byte.
const (
	tagSimple  = 0x00 // 08 false, 09 true
	tagInteger = 0x10 // low half n: 2^n bytes
	tagReal    = 0x20
	tagDate    = 0x30
	tagData    = 0x40 // low half: count, 0F means that an integer object follows
	tagASCII   = 0x50
	tagUTF16   = 0x60
	tagUID     = 0x80 // low half n: n+1 bytes
	tagArray   = 0xA0
	tagDict    = 0xD0
)

const trailerLen = 32

// binaryChecker walks the objects of a binary list once each.
//
//	0        "bplist00"
//	8        objects
//	table    offsets of the objects, offsetSize bytes each
//	end-32   u8[5] unused, u8 sort version, u8 offset size, u8 reference size,
//	         u64 number of objects, u64 top object, u64 offset of the table
//
// A container refers to objects by number. Several may refer to the same one:
// what a value expands to is then added once more, not walked once more.
type binaryChecker struct {
	data       []byte
	limits     Limits
	offsetSize int
	refSize    int
	count      uint64
	table      int // offset of the table
	objects    []walked
	edges      int // references walked
	path       []step
}

// walked is what an object expands to.
type walked struct {
	state   uint8 // 0 not seen, 1 being walked, 2 done
	str     bool  // a string: fit for a key
	height  int32 // levels of containers
	objects int32 // at most Limits.Objects
	content int64
}

// step is a container that is being walked, and the place in it.
type step struct {
	refs  int // offset of its first reference
	keys  int // number of keys, for a dictionary
	index int // of the key or value
	dict  bool
}

func (c *binaryChecker) document() error {
	n := len(c.data)
	if n < len(binaryMagic)+1+trailerLen {
		return c.fail(n, ErrSyntax, "%d bytes are no room for an object and the trailer", n)
	}
	t := n - trailerLen
	c.offsetSize, c.refSize = int(c.data[t+6]), int(c.data[t+7])
	c.count = binary.BigEndian.Uint64(c.data[t+8:])
	top := binary.BigEndian.Uint64(c.data[t+16:])
	table := binary.BigEndian.Uint64(c.data[t+24:])
	switch {
	case c.offsetSize < 1 || c.offsetSize > 8:
		return c.fail(t+6, ErrSyntax, "trailer: offset size is %d, want 1 to 8", c.offsetSize)
	case c.refSize < 1 || c.refSize > 7: // 8 is legal, in no use, and unknown to the library
		return c.fail(t+7, ErrSyntax, "trailer: reference size is %d, want 1 to 7", c.refSize)
	case c.count == 0:
		return c.fail(t+8, ErrSyntax, "trailer: no objects")
	case c.count > uint64(t):
		return c.fail(t+8, ErrSyntax, "trailer: %d objects in %d bytes", c.count, n)
	case c.count > uint64(c.limits.Objects):
		return c.fail(t+8, ErrLimit, "trailer: %d objects, limit %d", c.count, c.limits.Objects)
	case c.count > 1<<(8*c.refSize):
		return c.fail(t+8, ErrSyntax, "trailer: %d objects cannot be numbered by %d bytes", c.count, c.refSize)
	case top >= c.count:
		return c.fail(t+16, ErrSyntax, "trailer: top object is %d of %d", top, c.count)
	case table <= uint64(len(binaryMagic)) || table >= uint64(t):
		return c.fail(t+24, ErrSyntax, "trailer: offset table at %d is outside of the %d bytes", table, n)
	case table+c.count*uint64(c.offsetSize) != uint64(t):
		return c.fail(t+24, ErrSyntax, "trailer: offset table at %d has room for %d bytes, want %d objects of %d bytes",
			table, uint64(t)-table, c.count, c.offsetSize)
	case c.offsetSize < 8 && table >= 1<<(8*c.offsetSize):
		return c.fail(t+6, ErrSyntax, "trailer: %d bytes cannot address %d", c.offsetSize, table)
	}
	c.table = int(table)
	c.objects = make([]walked, c.count)
	if err := c.object(top, 0); err != nil {
		return err
	}
	return nil
}

func (c *binaryChecker) fail(offset int, sentinel error, format string, args ...any) error {
	return &Error{Offset: int64(offset), Path: c.where(), Err: sentinel, Detail: fmt.Sprintf(format, args...)}
}

// sized returns the number of size bytes at off.
func (c *binaryChecker) sized(off, size int) uint64 {
	var v uint64
	for _, b := range c.data[off : off+size] {
		v = v<<8 | uint64(b)
	}
	return v
}

// object walks an object that lies below depth containers.
func (c *binaryChecker) object(number uint64, depth int) error {
	w := &c.objects[number]
	at := c.table + int(number)*c.offsetSize
	if w.state == 1 {
		return c.fail(at, ErrSyntax, "object %d contains itself", number)
	}
	if w.state == 2 {
		if depth+int(w.height) > c.limits.Depth {
			return c.fail(at, ErrLimit, "%d levels deep, limit %d", depth+int(w.height), c.limits.Depth)
		}
		return nil
	}
	off := c.sized(at, c.offsetSize)
	if off < uint64(len(binaryMagic)) || off >= uint64(c.table) {
		return c.fail(at, ErrSyntax, "object %d is at %d, outside of the objects", number, off)
	}
	w.state, w.objects = 1, 1
	if err := c.content(w, int(off), depth); err != nil {
		return err
	}
	w.state = 2
	return nil
}

// content walks what the marker at off stands before.
func (c *binaryChecker) content(w *walked, off, depth int) error {
	low := int(c.data[off] & 0x0F)
	switch c.data[off] & 0xF0 {
	case tagSimple:
		if low == 8 || low == 9 {
			return nil
		}
	case tagInteger:
		if low <= 4 {
			return c.integer(off, low)
		}
	case tagReal:
		if low == 2 || low == 3 {
			return c.room(off, 1, 1<<low)
		}
	case tagDate:
		if low == 3 {
			return c.date(off)
		}
	case tagUID:
		if low < 8 {
			return c.room(off, 1, uint64(low)+1)
		}
	case tagData, tagASCII, tagUTF16:
		return c.bytes(w, off)
	case tagArray, tagDict:
		if depth >= c.limits.Depth {
			return c.fail(off, ErrLimit, "%d levels deep, limit %d", depth+1, c.limits.Depth)
		}
		return c.container(w, off, depth)
	}
	return c.fail(off, ErrSyntax, "unknown marker %#02x", c.data[off])
}

// room checks that n bytes follow the head of the object at off.
func (c *binaryChecker) room(off, head int, n uint64) error {
	if left := c.table - off - head; left < 0 || n > uint64(left) {
		return c.fail(off, ErrSyntax, "object of %d bytes, %d are left", n, max(left, 0))
	}
	return nil
}

func (c *binaryChecker) integer(off, low int) error {
	if err := c.room(off, 1, 1<<low); err != nil || low < 4 {
		return err
	}
	// 16 bytes hold what 8 signed ones cannot: numbers above 2^63.
	if high := c.sized(off+1, 8); high != 0 && high != math.MaxUint64 {
		return c.fail(off, ErrSyntax, "integer of more than 64 bits")
	}
	return nil
}

// Dates count seconds from 2001. Years outside of 1 to 9999 cannot be written
// in XML, nor in most programs.
const (
	dateFirst = -63113904000
	dateLast  = 252423993600
)

func (c *binaryChecker) date(off int) error {
	if err := c.room(off, 1, 8); err != nil {
		return err
	}
	if s := math.Float64frombits(c.sized(off+1, 8)); !(s >= dateFirst && s < dateLast) {
		return c.fail(off, ErrSyntax, "date is %g seconds from 2001, outside of years 1 to 9999", s)
	}
	return nil
}

// length reads the count in a marker, or in the integer object after it, and
// returns the size of both.
func (c *binaryChecker) length(off int) (n uint64, head int, err error) {
	n = uint64(c.data[off] & 0x0F)
	if n != 0x0F {
		return n, 1, nil
	}
	if err := c.room(off, 1, 1); err != nil {
		return 0, 0, err
	}
	m := c.data[off+1]
	if m&0xF0 != tagInteger || m&0x0F > 3 {
		return 0, 0, c.fail(off+1, ErrSyntax, "length has marker %#02x, want 0x10 to 0x13", m)
	}
	size := 1 << (m & 0x0F)
	if err := c.room(off, 2, uint64(size)); err != nil {
		return 0, 0, err
	}
	return c.sized(off+2, size), 2 + size, nil
}

func (c *binaryChecker) bytes(w *walked, off int) error {
	n, head, err := c.length(off)
	if err != nil {
		return err
	}
	size := n
	if c.data[off]&0xF0 == tagUTF16 {
		if size = 2 * n; size < n {
			size = math.MaxUint64
		}
	}
	if err := c.room(off, head, size); err != nil {
		return err
	}
	if c.data[off]&0xF0 == tagASCII && !utf8.Valid(c.data[off+head:off+head+int(n)]) {
		return c.fail(off, ErrSyntax, "string is neither ASCII nor UTF-8")
	}
	w.str = c.data[off]&0xF0 != tagData
	w.content = int64(size)
	return c.within(off, w)
}

// container walks an array or a dictionary: references to the keys, then to the
// values.
func (c *binaryChecker) container(w *walked, off, depth int) error {
	n, head, err := c.length(off)
	if err != nil {
		return err
	}
	s := step{refs: off + head, dict: c.data[off]&0xF0 == tagDict}
	refs := n
	if s.dict {
		s.keys, refs = int(min(n, math.MaxInt32)), 2*min(n, math.MaxInt32)
	}
	if refs > uint64(len(c.data)) {
		return c.fail(off, ErrSyntax, "container of %d references in %d bytes", refs, len(c.data))
	}
	if err := c.room(off, head, refs*uint64(c.refSize)); err != nil {
		return err
	}
	// Objects may overlap, so the bytes do not bound the references. What is
	// reached does: each reference counts once at least.
	if c.edges += int(refs); c.edges > c.limits.Objects {
		return c.fail(off, ErrLimit, "%d objects so far, limit %d", c.edges, c.limits.Objects)
	}
	w.height = 1
	c.path = append(c.path, s)
	for i := range int(refs) {
		c.path[len(c.path)-1].index = i
		if err := c.reference(w, s, i, depth); err != nil {
			return err
		}
	}
	c.path = c.path[:len(c.path)-1]
	return nil
}

func (c *binaryChecker) reference(w *walked, s step, i, depth int) error {
	at := s.refs + i*c.refSize
	number := c.sized(at, c.refSize)
	if number >= c.count {
		return c.fail(at, ErrSyntax, "reference to object %d of %d", number, c.count)
	}
	if err := c.object(number, depth+1); err != nil {
		return err
	}
	child := &c.objects[number]
	if i < s.keys && !child.str {
		return c.fail(at, ErrSyntax, "key %d of a dictionary is no string", i)
	}
	w.height = max(w.height, child.height+1)
	w.content += child.content
	if sum := int64(w.objects) + int64(child.objects); sum > int64(c.limits.Objects) {
		return c.fail(at, ErrLimit, "expands to more than %d objects", c.limits.Objects)
	}
	w.objects += child.objects
	return c.within(at, w)
}

func (c *binaryChecker) within(off int, w *walked) error {
	if w.content > int64(c.limits.Content) {
		return c.fail(off, ErrLimit, "%d bytes of strings and data, limit %d", w.content, c.limits.Content)
	}
	return nil
}

// where names the place that is being walked.
func (c *binaryChecker) where() string {
	path := ""
	for _, s := range c.path {
		switch {
		case !s.dict:
			path = joinIndex(path, s.index)
		case s.index >= s.keys:
			path = joinKey(path, c.key(s.refs+(s.index-s.keys)*c.refSize))
		}
	}
	return path
}

// key returns the text of the key that is referred to at off. Keys are walked
// before values, so that it is known to be a string.
func (c *binaryChecker) key(off int) string {
	number := c.sized(off, c.refSize)
	at := int(c.sized(c.table+int(number)*c.offsetSize, c.offsetSize))
	n, head, err := c.length(at)
	if err != nil {
		return "?"
	}
	if c.data[at]&0xF0 == tagASCII {
		return string(c.data[at+head : at+head+int(n)])
	}
	runes := make([]rune, min(n, 64))
	for i := range runes {
		runes[i] = rune(binary.BigEndian.Uint16(c.data[at+head+2*i:]))
	}
	return string(runes)
}
