package dissect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace/internal/script"
)

// chip derives the events of what passes on an I2C bus: "w 30" writes, "r 025f"
// reads, "W" and "R" are refused.
func chip(messages ...string) []string {
	return untimed(derive(func(sink func(*sim.Event)) {
		b := script.New("headunit", "phone", sink)
		for _, m := range messages {
			kind, ack := map[byte]string{'w': "write", 'W': "write", 'r': "read", 'R': "read"}[m[0]], 1
			if m[0] < 'a' {
				ack = 0
			}
			i2c(b, kind, ack, script.Hex(m[1:]))
		}
	}))
}

func TestRegistersByName(t *testing.T) {
	require.Equal(t, []string{
		`headunit > mfi read register="device version" value=05 len=1 addr=0x10`,
		`headunit > mfi read register="firmware version" value=01 len=1 addr=0x10`,
		`headunit > mfi read register="accessory certificate length" value=025f len=2 addr=0x10`,
		`headunit > mfi write register=challenge value=0102 len=2 addr=0x10`,
		`headunit > mfi write register="control and status" value=01 len=1 addr=0x10`,
		`headunit > mfi nack access=read addr=0x10`,
		`headunit > mfi read register="control and status" value=10 len=1 addr=0x10`,
		`headunit > mfi read register="unlisted 77" value=00 len=1 addr=0x10`,
		`headunit > mfi read register="device certificate page 8" value=00 len=1 addr=0x10`,
	}, chip("w00", "r05", "w01", "r01", "w30", "r025f", "w210102", "w1001", "w10", "R", "r10", "w77", "r00", "w58", "r00"))
}

// The 3.0 calls register 1 by another name.
func TestThirdGeneration(t *testing.T) {
	require.Equal(t, []string{
		`headunit > mfi read register="device version" value=07 len=1 addr=0x10`,
		`headunit > mfi read register="authentication revision" value=01 len=1 addr=0x10`,
	}, chip("w00", "r07", "w01", "r01"))
}

// Reads go on where the last one stopped, across registers.
func TestReadsGoOn(t *testing.T) {
	page := "r" + strings.Repeat("aa", 128)
	got := chip("w30", "r025f", page, "raabb", "rcc")
	require.Contains(t, got[1], `register="accessory certificate page 1"`)
	require.Contains(t, got[1], "len=128")
	require.Equal(t, []string{
		`headunit > mfi read register="accessory certificate page 2" value=aabb len=2 addr=0x10`,
		`headunit > mfi read register="accessory certificate page 2" value=cc len=1 offset=2 addr=0x10`,
	}, got[2:])
}

// A write that was refused unsets the pointer; a read that was refused does not.
func TestRefusedMessages(t *testing.T) {
	require.Equal(t, []string{
		"headunit > mfi nack access=read addr=0x10",
		`headunit > mfi read register="device version" value=05 len=1 addr=0x10`,
		"headunit > mfi nack access=write addr=0x10",
		"headunit > mfi read register=unknown value=ff len=1 addr=0x10",
	}, chip("w00", "R", "r05", "W", "rff"))
}

func TestLongValuesAreCut(t *testing.T) {
	got := chip("w12" + strings.Repeat("ab", 300))
	require.Contains(t, got[0], "abab.. len=300")
	require.Less(t, len(got[0]), 400)
}
