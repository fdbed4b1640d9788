package carlife

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutputFaultBytes(t *testing.T) {
	vr := Message{ID: MsgVRData, Channel: ChannelVR, Timestamp: 7, Payload: []byte{1, 2, 3, 4}}
	cmd := Message{ID: MsgMDInfo, Channel: ChannelCommand, Payload: []byte{0x0A, 0}}
	tests := []struct {
		name       string
		o          Output
		plain, mux string
	}{
		{"none", Output{Message: vr}, "00000004 00000007 00050003 01020304", "00000005 00000010 00000004 00000007 00050003 01020304"},
		{"short header on VR", Output{vr, FaultShortVRHeader}, "0004 0000 00050003 01020304", "00000005 0000000c 0004 0000 00050003 01020304"},
		{"short header elsewhere", Output{cmd, FaultShortVRHeader}, "0002 0000 00010004 0a00", "00000001 0000000a 0002 0000 00010004 0a00"},
		{"bare mux length", Output{cmd, FaultBareMuxLength}, "0002 0000 00010004 0a00", "00000001 00000002 0002 0000 00010004 0a00"},
		{"truncated", Output{vr, FaultTruncatedFrame}, "00000004 00000007 00050003 0102", "00000005 00000010 00000004 00000007 00050003 0102"},
		{"length wrap does nothing to a short one", Output{cmd, FaultLengthWrap}, "0002 0000 00010004 0a00", "00000001 0000000a 0002 0000 00010004 0a00"},
	}
	for _, tt := range tests {
		got, err := tt.o.AppendTo(nil)
		require.NoError(t, err)
		assert.Equal(t, unhex(t, tt.plain), got, tt.name)
		got, err = tt.o.AppendMux(nil)
		require.NoError(t, err)
		assert.Equal(t, unhex(t, tt.mux), got, tt.name)
	}
}

func TestOutputLengthWrap(t *testing.T) {
	o := Output{Message{ID: MsgMediaInfo, Channel: ChannelCommand, Payload: make([]byte, 0x10003)}, FaultLengthWrap}
	got, err := o.AppendMux(nil)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "00000001 0001000b 0003 0000 00010035"), got[:16], "mux length whole, header length cut")
	assert.Len(t, got, 16+0x10003)

	_, err = Output{Message{ID: 0x00990001}, FaultLengthWrap}.AppendTo(nil)
	assert.ErrorIs(t, err, ErrChannel)
}

func TestQueue(t *testing.T) {
	var q queue[int]
	next := 0
	for i := range 1000 { // never quite drained
		q.push(i)
		if i%3 != 0 {
			v, ok := q.pop()
			require.True(t, ok)
			require.Equal(t, next, v)
			next++
		}
	}
	assert.Less(t, cap(q.items), 2000)
	for ; next < 1000; next++ {
		v, ok := q.pop()
		require.True(t, ok)
		require.Equal(t, next, v)
	}
	_, ok := q.pop()
	assert.False(t, ok)
	q.push(1)
	q.clear()
	_, ok = q.pop()
	assert.False(t, ok)
}

func TestTimers(t *testing.T) {
	var tm timers
	_, _, ok := tm.next()
	assert.False(t, ok)
	tm.set(timerWatch, 5)
	tm.set(timerBeat, 5)
	tm.set(timerInit, 9)
	i, at, ok := tm.next()
	assert.True(t, ok)
	assert.Equal(t, timerBeat, i, "the lowest of equals")
	assert.EqualValues(t, 5, at)
	tm.stop(timerBeat)
	tm.stop(timerWatch)
	i, at, _ = tm.next()
	assert.Equal(t, timerInit, i)
	assert.EqualValues(t, 9, at)
}
