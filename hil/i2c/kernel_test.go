package i2c

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// fakeKernel writes down each ioctl as i2c-dev would understand it, and answers from a script.
type fakeKernel struct {
	functions Functions
	log       []string
	errors    []error // of the calls in turn; nil once they are used up
	short     bool    // send one message fewer than asked
	fill      []byte  // what reads read
	gone      bool
	closed    bool
	transfer  func() // called in the middle of each
}

func (k *fakeKernel) next() error {
	if len(k.errors) == 0 {
		return nil
	}
	err := k.errors[0]
	k.errors = k.errors[1:]
	return err
}

func (k *fakeKernel) ioctl(request uint, value uintptr) (int, error) {
	if k.closed {
		return 0, syscall.EBADF
	}
	k.log = append(k.log, fmt.Sprintf("%04X %02X", request, value))
	return 0, k.next()
}

func (k *fakeKernel) ioctlPointer(request uint, p unsafe.Pointer) (int, error) {
	if k.closed {
		return 0, syscall.EBADF
	}
	line := fmt.Sprintf("%04X", request)
	n := 0
	switch request {
	case 0x0705:
		*(*uintptr)(p) = uintptr(k.functions)
	case 0x0707:
		// struct i2c_rdwr_ioctl_data, as the kernel declares it
		data := (*struct {
			messages unsafe.Pointer
			n        uint32
		})(p)
		n = int(data.n)
		list := unsafe.Slice((*struct {
			addr, flags, len uint16
			buf              *byte
		})(data.messages), n)
		for _, m := range list {
			b := unsafe.Slice(m.buf, m.len)
			if m.flags == 1 {
				copy(b, k.fill)
				line += fmt.Sprintf(" %02X R %d", m.addr, m.len)
			} else {
				line += strings.TrimRight(fmt.Sprintf(" %02X W(%d) % X", m.addr, m.flags, b), " ")
			}
		}
		if k.transfer != nil {
			k.transfer()
		}
	}
	k.log = append(k.log, line)
	if err := k.next(); err != nil {
		return 0, err
	}
	if k.short {
		n--
	}
	return n, nil
}

func (k *fakeKernel) present() bool { return !k.gone }

func (k *fakeKernel) close() error {
	k.closed = true
	return nil
}

// open makes a bus on a fake kernel and forgets how it was opened.
func (k *fakeKernel) open(t testing.TB) *Bus {
	t.Helper()
	if k.functions == 0 {
		k.functions = 0x8EFF0001
	}
	script := k.errors
	k.errors = nil
	b, err := newBus("/dev/i2c-7", k)
	require.NoError(t, err)
	require.Equal(t, []string{"0705"}, k.log)
	k.log, k.errors = nil, script
	return b
}

// bareKernel answers without writing anything down.
type bareKernel struct{ fakeKernel }

func (k *bareKernel) ioctl(uint, uintptr) (int, error) { return 0, nil }

func (k *bareKernel) ioctlPointer(request uint, p unsafe.Pointer) (int, error) {
	if request == ioctlFunctions {
		return k.fakeKernel.ioctlPointer(request, p)
	}
	return int((*transfer)(p).n), nil
}
