package afc

import "strconv"

// FileInfo is the reply to GetFileInfo: keys and values in text.
//
//	st_size      bytes
//	st_blocks    of 512 bytes
//	st_nlink     hard links
//	st_ifmt      S_IFREG, S_IFDIR, S_IFLNK, ...
//	st_mtime     nanoseconds since 1970
//	st_birthtime nanoseconds since 1970
//	LinkTarget   of a symbolic link
//
// Source: libimobiledevice and ifuse; pymobiledevice3 needs all of the st_ keys.
type FileInfo struct {
	Size, Blocks, Links uint64
	Format              string
	ModTime, BirthTime  uint64 // nanoseconds since 1970
	LinkTarget          string // of a symbolic link; else empty
	Other               []Pair // keys that are not in the table
}

// Values of st_ifmt.
const (
	FormatRegular      = "S_IFREG"
	FormatDirectory    = "S_IFDIR"
	FormatSymbolicLink = "S_IFLNK"
	FormatBlockDevice  = "S_IFBLK"
	FormatCharDevice   = "S_IFCHR"
	FormatPipe         = "S_IFIFO"
	FormatSocket       = "S_IFSOCK"
)

// AppendTo appends the data of the reply.
func (f *FileInfo) AppendTo(dst []byte) []byte {
	dst = appendNumber(dst, "st_size", f.Size)
	dst = appendNumber(dst, "st_blocks", f.Blocks)
	dst = appendNumber(dst, "st_nlink", f.Links)
	dst = AppendStrings(dst, "st_ifmt", f.Format)
	dst = appendNumber(dst, "st_mtime", f.ModTime)
	dst = appendNumber(dst, "st_birthtime", f.BirthTime)
	if f.LinkTarget != "" {
		dst = AppendStrings(dst, "LinkTarget", f.LinkTarget)
	}
	for _, p := range f.Other {
		dst = AppendStrings(dst, p.Key, p.Value)
	}
	return dst
}

// ParseFileInfo reads the data of the reply. What is no number counts as zero:
// phones add keys, and old ones leave some out.
func ParseFileInfo(data []byte) FileInfo {
	var f FileInfo
	for _, p := range ParsePairs(data) {
		n, _ := strconv.ParseUint(p.Value, 10, 64)
		switch p.Key {
		case "st_size":
			f.Size = n
		case "st_blocks":
			f.Blocks = n
		case "st_nlink":
			f.Links = n
		case "st_ifmt":
			f.Format = p.Value
		case "st_mtime":
			f.ModTime = n
		case "st_birthtime":
			f.BirthTime = n
		case "LinkTarget":
			f.LinkTarget = p.Value
		default:
			f.Other = append(f.Other, p)
		}
	}
	return f
}

// DeviceInfo is the reply to GetDeviceInfo: keys and values in text.
//
//	Model        "iPhone14,7"
//	FSTotalBytes
//	FSFreeBytes
//	FSBlockSize
//
// Source: ifuse, go-ios, pymobiledevice3.
type DeviceInfo struct {
	Model                 string
	TotalBytes, FreeBytes uint64
	BlockSize             uint64
	Other                 []Pair
}

// AppendTo appends the data of the reply.
func (d *DeviceInfo) AppendTo(dst []byte) []byte {
	dst = AppendStrings(dst, "Model", d.Model)
	dst = appendNumber(dst, "FSTotalBytes", d.TotalBytes)
	dst = appendNumber(dst, "FSFreeBytes", d.FreeBytes)
	dst = appendNumber(dst, "FSBlockSize", d.BlockSize)
	for _, p := range d.Other {
		dst = AppendStrings(dst, p.Key, p.Value)
	}
	return dst
}

// ParseDeviceInfo reads the data of the reply.
func ParseDeviceInfo(data []byte) DeviceInfo {
	var d DeviceInfo
	for _, p := range ParsePairs(data) {
		n, _ := strconv.ParseUint(p.Value, 10, 64)
		switch p.Key {
		case "Model":
			d.Model = p.Value
		case "FSTotalBytes":
			d.TotalBytes = n
		case "FSFreeBytes":
			d.FreeBytes = n
		case "FSBlockSize":
			d.BlockSize = n
		default:
			d.Other = append(d.Other, p)
		}
	}
	return d
}

func appendNumber(dst []byte, key string, n uint64) []byte {
	dst = append(append(dst, key...), 0)
	return append(strconv.AppendUint(dst, n, 10), 0)
}
