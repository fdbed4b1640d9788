package libusb

import (
	"testing"
)

// Listening ends by close.
func TestUeventsEnd(t *testing.T) {
	u, err := openUevents()
	if err != nil {
		t.Skip(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		u.run(func() {})
	}()
	u.close()
	<-done
}
