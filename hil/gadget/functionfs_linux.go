package gadget

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// instance is a FunctionFS instance: mounted nowhere, so that nothing of it
// outlives the process.
type instance struct {
	name  string // for errors
	root  int
	ep0   int
	event int // eventfd that counts its events
	files []int
}

// mountFS mounts a file system nowhere, and returns its root.
func mountFS(kind, source string) (int, error) {
	op := "mount " + source + " of"
	fs, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, explain(op, kind, err)
	}
	defer unix.Close(fs)
	if source != "" {
		if err := unix.FsconfigSetString(fs, "source", source); err != nil {
			return -1, explain(op, kind, err)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, explain(op, kind, err)
	}
	root, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return -1, explain(op, kind, err)
	}
	return root, nil
}

// mount makes the instance of a source, which is a function of configfs.
func mount(source string) (*instance, error) {
	in := &instance{name: source, root: -1, ep0: -1, event: -1}
	var err error
	if in.root, err = mountFS("functionfs", source); err != nil {
		return nil, err
	}
	if in.ep0, err = in.open("ep0"); err != nil {
		in.close()
		return nil, err
	}
	if in.event, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		in.close()
		return nil, explain("make", "eventfd", err)
	}
	return in, nil
}

func (in *instance) open(name string) (int, error) {
	fd, err := unix.Openat(in.root, name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, explain("open", name+" of "+in.name, err)
	}
	return fd, nil
}

// describe writes descriptors and strings, and opens the endpoints that come of
// them.
func (in *instance) describe(f *function) error {
	if _, err := unix.Write(in.ep0, f.descriptors(in.event)); err != nil {
		return explain("write descriptors to", "ep0 of "+in.name, err)
	}
	if _, err := unix.Write(in.ep0, f.strings); err != nil {
		return explain("write strings to", "ep0 of "+in.name, err)
	}
	for i := 1; i <= f.end-f.first; i++ {
		fd, err := in.open(fmt.Sprintf("ep%d", i))
		if err != nil {
			return err
		}
		in.files = append(in.files, fd)
	}
	return nil
}

// close lets go of the instance, the endpoints first.
func (in *instance) close() {
	for _, fd := range append(in.files, in.ep0, in.event, in.root) {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	in.files, in.ep0, in.event, in.root = nil, -1, -1, -1
}

// endpointDesc is FUNCTIONFS_ENDPOINT_DESC, _IOR('g', 130, struct
// usb_endpoint_descriptor) of 9 bytes, on all machines but MIPS and PowerPC.
const endpointDesc = 0x80096782

// address asks what the controller calls an endpoint; 0 while it is not enabled.
func (in *instance) address(file int) uint8 {
	var d [9]byte
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(in.files[file]), endpointDesc, uintptr(unsafe.Pointer(&d[0])))
	if errno != 0 {
		return 0
	}
	return d[2]
}

// events reads what has happened; none where nothing has.
func (in *instance) events(list []event) ([]event, error) {
	var b [maxEvents * eventSize]byte
	for {
		n, err := unix.Read(in.ep0, b[:])
		switch {
		case err == nil:
			return decodeEvents(list, b[:n])
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EIDRM): // a SETUP was withdrawn: the next read says what came instead
		case errors.Is(err, unix.EAGAIN):
			return list, nil
		default:
			return list, explain("read", "ep0 of "+in.name, err)
		}
	}
}

// signals returns how often the kernel has told of an event since the last call.
func (in *instance) signals() uint64 { return drain(in.event) }

// drain reads an eventfd.
func drain(fd int) uint64 {
	var n uint64
	b := (*[8]byte)(unsafe.Pointer(&n))
	for {
		_, err := unix.Read(fd, b[:])
		switch err {
		case nil:
			return n
		case unix.EINTR:
		default:
			return 0
		}
	}
}

// signal adds to an eventfd.
func signal(fd int) {
	n := uint64(1)
	b := (*[8]byte)(unsafe.Pointer(&n))
	for {
		if _, err := unix.Write(fd, b[:]); err != unix.EINTR {
			return
		}
	}
}

// refuse stalls the endpoint of a file, by the access in the wrong direction.
func (in *instance) refuse(file int, isIn bool) error {
	var err error
	if isIn {
		_, err = unix.Read(in.files[file], make([]byte, 1))
	} else {
		_, err = unix.Write(in.files[file], make([]byte, 1))
	}
	if errors.Is(err, unix.EBADMSG) {
		return nil // that is how the kernel says that it is done
	}
	if err == nil {
		err = os.ErrInvalid
	}
	return err
}
