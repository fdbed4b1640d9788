package files

import "io/fs"

// hostInfo describes a file of this machine. Where the machine does not tell
// when a file was born, that is its last modification.
func hostInfo(fi fs.FileInfo) Info {
	i := Info{
		Name: fi.Name(), Kind: hostKind(fi.Mode()), Size: fi.Size(), Links: 1,
		Blocks: (fi.Size() + 511) / 512, ModTime: fi.ModTime(), BirthTime: fi.ModTime(),
	}
	hostDetails(fi, &i)
	return i
}

func hostKind(m fs.FileMode) Kind {
	switch {
	case m.IsRegular():
		return Regular
	case m.IsDir():
		return Directory
	case m&fs.ModeSymlink != 0:
		return SymbolicLink
	case m&fs.ModeCharDevice != 0:
		return CharDevice
	case m&fs.ModeDevice != 0:
		return BlockDevice
	case m&fs.ModeNamedPipe != 0:
		return Pipe
	case m&fs.ModeSocket != 0:
		return Socket
	}
	return 0
}
