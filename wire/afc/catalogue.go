package afc

// Certainty is how well an operation's arguments and reply are known.
type Certainty uint8

// Degrees of certainty.
const (
	Observed Certainty = iota // real clients use it
	Read                      // a client has code for it, which nobody was seen to use
	Inferred                  // the name is known; the layout follows its neighbours
)

// Spec is what the catalogue says of an operation.
type Spec struct {
	Op        Op
	Name      string
	Args      []Field // in order; for a reply, at most one
	Data      bool    // bulk data follows the arguments
	Reply     Op      // what answers it when all is well; zero for replies and for what is unused
	Since     string  // first iOS that has it; empty for the oldest
	Certainty Certainty
}

// IsRequest reports whether a client may send it.
func (s *Spec) IsRequest() bool { return s.Reply != 0 }

// catalogue is indexed by operation.
//
// Sources: libimobiledevice (observed with its tools), go-ios (observed),
// pymobiledevice3, idevice (connection info, hash), SDMMobileDevice (order of
// the range and of the immutable hint). Operations 0x21 and 0x23 on are named
// in all of them and sent by none.
var catalogue = [...]Spec{
	OpStatus:                {Name: "Status", Args: []Field{FieldStatus}},
	OpData:                  {Name: "Data", Data: true},
	OpReadDir:               {Name: "ReadDir", Args: []Field{FieldPath}, Reply: OpData},
	OpReadFile:              {Name: "ReadFile", Certainty: Inferred},
	OpWriteFile:             {Name: "WriteFile", Data: true, Certainty: Inferred},
	OpWritePart:             {Name: "WritePart", Data: true, Certainty: Inferred},
	OpTruncateFile:          {Name: "TruncateFile", Args: []Field{FieldSize, FieldPath}, Reply: OpStatus},
	OpRemovePath:            {Name: "RemovePath", Args: []Field{FieldPath}, Reply: OpStatus},
	OpMakeDir:               {Name: "MakeDir", Args: []Field{FieldPath}, Reply: OpStatus},
	OpGetFileInfo:           {Name: "GetFileInfo", Args: []Field{FieldPath}, Reply: OpData},
	OpGetDeviceInfo:         {Name: "GetDeviceInfo", Reply: OpData},
	OpWriteFileAtomic:       {Name: "WriteFileAtomic", Args: []Field{FieldPath}, Data: true, Reply: OpStatus, Certainty: Read},
	OpFileRefOpen:           {Name: "FileRefOpen", Args: []Field{FieldMode, FieldPath}, Reply: OpFileRefOpenResult},
	OpFileRefOpenResult:     {Name: "FileRefOpenResult", Args: []Field{FieldHandle}},
	OpFileRefRead:           {Name: "FileRefRead", Args: []Field{FieldHandle, FieldLength}, Reply: OpData},
	OpFileRefWrite:          {Name: "FileRefWrite", Args: []Field{FieldHandle}, Data: true, Reply: OpStatus},
	OpFileRefSeek:           {Name: "FileRefSeek", Args: []Field{FieldHandle, FieldWhence, FieldOffset}, Reply: OpStatus},
	OpFileRefTell:           {Name: "FileRefTell", Args: []Field{FieldHandle}, Reply: OpFileRefTellResult},
	OpFileRefTellResult:     {Name: "FileRefTellResult", Args: []Field{FieldPosition}},
	OpFileRefClose:          {Name: "FileRefClose", Args: []Field{FieldHandle}, Reply: OpStatus},
	OpFileRefSetFileSize:    {Name: "FileRefSetFileSize", Args: []Field{FieldHandle, FieldSize}, Reply: OpStatus},
	OpGetConnectionInfo:     {Name: "GetConnectionInfo", Reply: OpData, Certainty: Read},
	OpSetConnectionOptions:  {Name: "SetConnectionOptions", Data: true, Reply: OpStatus, Certainty: Read},
	OpRenamePath:            {Name: "RenamePath", Args: []Field{FieldPath, FieldNewPath}, Reply: OpStatus},
	OpSetFSBlockSize:        {Name: "SetFSBlockSize", Args: []Field{FieldSize}, Reply: OpStatus, Certainty: Read},
	OpSetSocketBlockSize:    {Name: "SetSocketBlockSize", Args: []Field{FieldSize}, Reply: OpStatus, Certainty: Read},
	OpFileRefLock:           {Name: "FileRefLock", Args: []Field{FieldHandle, FieldLock}, Reply: OpStatus},
	OpMakeLink:              {Name: "MakeLink", Args: []Field{FieldLinkType, FieldPath, FieldNewPath}, Reply: OpStatus},
	OpGetFileHash:           {Name: "GetFileHash", Args: []Field{FieldPath}, Reply: OpData, Certainty: Read},
	OpSetModTime:            {Name: "SetModTime", Args: []Field{FieldTime, FieldPath}, Reply: OpStatus, Since: "3.1"},
	OpGetFileHashWithRange:  {Name: "GetFileHashWithRange", Args: []Field{FieldOffset, FieldLength, FieldPath}, Reply: OpData, Certainty: Read},
	OpFileRefSetImmutable:   {Name: "FileRefSetImmutableHint", Args: []Field{FieldHandle, FieldHint}, Reply: OpStatus, Since: "6", Certainty: Read},
	OpGetSizeOfPathContents: {Name: "GetSizeOfPathContents", Args: []Field{FieldPath}, Reply: OpData, Since: "6", Certainty: Inferred},
	OpRemovePathAndContents: {Name: "RemovePathAndContents", Args: []Field{FieldPath}, Reply: OpStatus, Since: "6"},
	OpDirOpen:               {Name: "DirectoryEnumeratorRefOpen", Args: []Field{FieldPath}, Reply: OpDirOpenResult, Since: "6", Certainty: Inferred},
	OpDirOpenResult:         {Name: "DirectoryEnumeratorRefOpenResult", Args: []Field{FieldHandle}, Since: "6", Certainty: Inferred},
	OpDirRead:               {Name: "DirectoryEnumeratorRefRead", Args: []Field{FieldHandle}, Reply: OpData, Since: "6", Certainty: Inferred},
	OpDirClose:              {Name: "DirectoryEnumeratorRefClose", Args: []Field{FieldHandle}, Reply: OpStatus, Since: "6", Certainty: Inferred},
	OpFileRefReadOffset:     {Name: "FileRefReadWithOffset", Args: []Field{FieldHandle, FieldOffset, FieldLength}, Reply: OpData, Since: "7", Certainty: Inferred},
	OpFileRefWriteOffset:    {Name: "FileRefWriteWithOffset", Args: []Field{FieldHandle, FieldOffset}, Data: true, Reply: OpStatus, Since: "7", Certainty: Inferred},
}

// Lookup returns what is known of an operation.
func Lookup(o Op) (Spec, bool) {
	s := spec(o)
	return *s, s.Op != 0
}

var unknown Spec

// spec returns the entry of an operation, or that of none.
func spec(o Op) *Spec {
	if o >= Op(len(catalogue)) {
		return &unknown
	}
	return &catalogue[o]
}

func init() {
	for o := range catalogue {
		catalogue[o].Op = Op(o)
	}
}

// Ops lists every known operation in the order of its number.
func Ops() []Spec { return append([]Spec(nil), catalogue[1:]...) }
