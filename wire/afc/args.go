package afc

import "fmt"

// OpenMode is how FileRefOpen opens a file.
type OpenMode uint64

// Open modes, with what fopen(3) calls them.
const (
	ModeRead       OpenMode = 1 // r: must exist
	ModeReadWrite  OpenMode = 2 // r+: created where missing
	ModeWrite      OpenMode = 3 // w: created, truncated
	ModeWriteRead  OpenMode = 4 // w+: created, truncated
	ModeAppend     OpenMode = 5 // a: created, every write goes to the end
	ModeReadAppend OpenMode = 6 // a+
)

// Valid reports whether m is one of the six.
func (m OpenMode) Valid() bool { return m >= ModeRead && m <= ModeReadAppend }

// CanRead reports whether a file opened so may be read.
func (m OpenMode) CanRead() bool {
	return m == ModeRead || m == ModeReadWrite || m == ModeWriteRead || m == ModeReadAppend
}

// CanWrite reports whether a file opened so may be written.
func (m OpenMode) CanWrite() bool { return m.Valid() && m != ModeRead }

// Truncates reports whether opening empties the file.
func (m OpenMode) Truncates() bool { return m == ModeWrite || m == ModeWriteRead }

// Appends reports whether writes go to the end, wherever the position is.
func (m OpenMode) Appends() bool { return m == ModeAppend || m == ModeReadAppend }

// String returns the fopen(3) letters.
func (m OpenMode) String() string {
	if m.Valid() {
		return [...]string{"r", "r+", "w", "w+", "a", "a+"}[m-1]
	}
	return fmt.Sprintf("mode %d", uint64(m))
}

// Whence is what a seek counts from, as in lseek(2).
type Whence uint64

// Origins of a seek.
const (
	SeekStart   Whence = 0
	SeekCurrent Whence = 1
	SeekEnd     Whence = 2
)

// String names the origin.
func (w Whence) String() string {
	if w <= SeekEnd {
		return [...]string{"start", "current", "end"}[w]
	}
	return fmt.Sprintf("whence %d", uint64(w))
}

// LockOp is what FileRefLock does: the values of flock(2) with LOCK_NB, so a
// lock that another holds is refused at once.
type LockOp uint64

// Lock operations.
const (
	LockShared    LockOp = 1 | 4
	LockExclusive LockOp = 2 | 4
	Unlock        LockOp = 8 | 4
)

// String names the operation.
func (l LockOp) String() string {
	switch l {
	case LockShared:
		return "shared"
	case LockExclusive:
		return "exclusive"
	case Unlock:
		return "unlock"
	}
	return fmt.Sprintf("lock %d", uint64(l))
}

// LinkType is which kind of link MakeLink makes.
type LinkType uint64

// Kinds of links.
const (
	HardLink     LinkType = 1
	SymbolicLink LinkType = 2
)

// String names the kind.
func (l LinkType) String() string {
	switch l {
	case HardLink:
		return "hard"
	case SymbolicLink:
		return "symbolic"
	}
	return fmt.Sprintf("link type %d", uint64(l))
}
