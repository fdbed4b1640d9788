package afc

import "fmt"

// Op is the operation of a packet: what is asked, or what kind of reply it is.
type Op uint64

// Operations. Names are those that libimobiledevice gives in its comments.
const (
	OpStatus                Op = 0x01 // reply: u64 status
	OpData                  Op = 0x02 // reply: bulk data
	OpReadDir               Op = 0x03
	OpReadFile              Op = 0x04 // old, no client uses it
	OpWriteFile             Op = 0x05 // old, no client uses it
	OpWritePart             Op = 0x06 // old, no client uses it
	OpTruncateFile          Op = 0x07
	OpRemovePath            Op = 0x08
	OpMakeDir               Op = 0x09
	OpGetFileInfo           Op = 0x0A
	OpGetDeviceInfo         Op = 0x0B
	OpWriteFileAtomic       Op = 0x0C
	OpFileRefOpen           Op = 0x0D
	OpFileRefOpenResult     Op = 0x0E // reply: u64 handle
	OpFileRefRead           Op = 0x0F
	OpFileRefWrite          Op = 0x10
	OpFileRefSeek           Op = 0x11
	OpFileRefTell           Op = 0x12
	OpFileRefTellResult     Op = 0x13 // reply: u64 position
	OpFileRefClose          Op = 0x14
	OpFileRefSetFileSize    Op = 0x15
	OpGetConnectionInfo     Op = 0x16
	OpSetConnectionOptions  Op = 0x17
	OpRenamePath            Op = 0x18
	OpSetFSBlockSize        Op = 0x19
	OpSetSocketBlockSize    Op = 0x1A
	OpFileRefLock           Op = 0x1B
	OpMakeLink              Op = 0x1C
	OpGetFileHash           Op = 0x1D
	OpSetModTime            Op = 0x1E
	OpGetFileHashWithRange  Op = 0x1F
	OpFileRefSetImmutable   Op = 0x20 // FileRefSetImmutableHint, iOS 6
	OpGetSizeOfPathContents Op = 0x21 // iOS 6
	OpRemovePathAndContents Op = 0x22 // iOS 6
	OpDirOpen               Op = 0x23 // DirectoryEnumeratorRefOpen, iOS 6
	OpDirOpenResult         Op = 0x24 // reply: u64 handle
	OpDirRead               Op = 0x25 // DirectoryEnumeratorRefRead
	OpDirClose              Op = 0x26 // DirectoryEnumeratorRefClose
	OpFileRefReadOffset     Op = 0x27 // FileRefReadWithOffset, iOS 7
	OpFileRefWriteOffset    Op = 0x28 // FileRefWriteWithOffset, iOS 7
)

// String returns the name, or the number of an operation that nobody knows.
func (o Op) String() string {
	if s, ok := Lookup(o); ok {
		return s.Name
	}
	return fmt.Sprintf("operation 0x%02X", uint64(o))
}
