package files

import "time"

// Tree is a file system. Names are as [Clean] takes them. A symbolic link is
// followed, unless it is the last part of the name and the method says
// otherwise; one that leads out of the tree is [ErrPermission].
type Tree interface {
	// Lstat describes what stands at name; a link is not followed.
	Lstat(name string) (Info, error)
	// ReadDir lists a directory: names in ascending order, without . and .. .
	ReadDir(name string) ([]string, error)
	// Open opens a regular file; see [Flag].
	Open(name string, flag Flag) (File, error)
	// Mkdir makes a directory; its parent must be there.
	Mkdir(name string) error
	// Remove removes a file, a link or an empty directory. The root stays:
	// ErrPermission.
	Remove(name string) error
	// Rename moves what stands at from. A file in its way is replaced, an empty
	// directory only by a directory. Links are not followed.
	Rename(from, to string) error
	// Link gives a file a second name. Directories are refused: ErrPermission.
	Link(target, name string) error
	// Symlink makes a symbolic link, whose target need not exist.
	Symlink(target, name string) error
	// SetModTime sets the time of the last modification.
	SetModTime(name string, t time.Time) error
	// Space tells how much there is, and how much is free.
	Space() Space
	// Sub returns the tree below a directory, which shares everything with
	// this one. No name in it leads above that directory.
	Sub(dir string) (Tree, error)
}

// File is an open file. Reads and writes name their offset; there is no
// position.
type File interface {
	// ReadAt reads as io.ReaderAt: fewer bytes than asked come with io.EOF.
	ReadAt(p []byte, off int64) (int, error)
	// WriteAt writes, and makes the file longer where it has to. With
	// ErrNoSpace it says how much it could write.
	WriteAt(p []byte, off int64) (int, error)
	// Truncate makes the file shorter, or longer with zeros.
	Truncate(size int64) error
	// Stat describes the file, which may have lost its name.
	Stat() (Info, error)
	// Lock takes or gives up a lock on the file, or fails at once with
	// ErrWouldBlock. Closing gives it up too.
	Lock(LockMode) error
	// Close closes the file.
	Close() error
}

// Flag says how a file is opened: a sum of these.
type Flag uint8

// Flags of Open.
const (
	Read      Flag = 1 << iota
	Write          // makes WriteAt and Truncate work
	Create         // where the file is missing
	Truncate       // empties it
	Exclusive      // with Create: it must be missing
)

// LockMode is which lock a file is given, as by flock(2).
type LockMode uint8

// Lock modes. A file that has one lock may change it for the other.
const (
	Unlock LockMode = iota
	Shared          // with other shared ones
	Alone           // without any other
)

// Info describes a file.
type Info struct {
	Name      string // last part of the name; empty for the root and for open files
	Kind      Kind
	Size      int64 // bytes
	Blocks    int64 // of 512 bytes, really taken up
	Links     int64 // names it has; for a directory as the file system counts
	ModTime   time.Time
	BirthTime time.Time
	Target    string // of a symbolic link
}

// Kind is what kind of file it is.
type Kind uint8

// Kinds of files. Memory has the first three.
const (
	Regular Kind = iota + 1
	Directory
	SymbolicLink
	BlockDevice
	CharDevice
	Pipe
	Socket
)

// String names the kind.
func (k Kind) String() string {
	if k >= Regular && k <= Socket {
		return [...]string{"file", "directory", "symbolic link", "block device", "character device", "pipe", "socket"}[k-1]
	}
	return "unknown kind"
}

// Space is how large a file system is.
type Space struct {
	Total     int64 // bytes
	Free      int64 // bytes
	BlockSize int64 // bytes
}

// Filler is a tree that can be made full, or empty, from one moment to the next.
type Filler interface {
	// SetFree sets how many bytes are free.
	SetFree(bytes int64)
}
