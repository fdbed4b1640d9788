package dissect_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/trace"
	"github.com/plugfest/plugfest/sim/trace/dissect"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// A socketRig is a program at the socket of a usbmuxd.
type socketRig struct {
	t   *testing.T
	d   *dissect.Dissector
	out []string
}

func newSocketRig(t *testing.T) *socketRig {
	r := &socketRig{t: t}
	r.d = dissect.New(func(e *sim.Event) {
		require.Contains(t, dissect.Kinds(e.Layer), e.Kind, e.Layer)
		if e.Layer == "usbmuxd" {
			e.At = 0
			r.out = append(r.out, trace.Describe(e)+" peer="+e.Get("peer"))
		}
	})
	return r
}

func (r *socketRig) socket(who, kind, peer string, n int, data []byte) {
	r.d.Observe(&sim.Event{Who: who, Layer: "socket", Kind: kind, Data: data, Fields: []sim.Field{sim.Int("socket", n), sim.Text("peer", peer)}})
}

func (r *socketRig) ask(q usbmuxd.Request) usbmuxd.Request {
	b, err := q.AppendTo(nil)
	require.NoError(r.t, err)
	r.socket("tool", "data", "host", 1, b)
	return q
}

// say takes what an Append function returns.
func (r *socketRig) say(b []byte, err error) {
	require.NoError(r.t, err)
	r.socket("host", "data", "tool", 1, b)
}

func (r *socketRig) want(lines ...string) {
	r.t.Helper()
	require.Equal(r.t, lines, r.out)
	r.out = nil
}

func TestSocketConversation(t *testing.T) {
	r := newSocketRig(t)
	phone := usbmuxd.Device{ID: 3, ProductID: 0x12A8, Serial: "00008110-001A2B3C4D5E001E"}
	r.socket("tool", "open", "host", 1, nil)
	r.say(usbmuxd.AppendDevices(nil, r.ask(usbmuxd.Request{Version: 1, Tag: 1, Command: usbmuxd.ListDevices, Client: usbmuxd.Client{ProgName: "ideviceinfo"}}), []usbmuxd.Device{phone}))
	r.say(usbmuxd.AppendBUID(nil, r.ask(usbmuxd.Request{Version: 1, Tag: 2, Command: usbmuxd.ReadBUID}), "B-1"))
	r.say(usbmuxd.AppendResult(nil, r.ask(usbmuxd.Request{Version: 1, Tag: 3, Command: usbmuxd.ReadPairRecord, RecordID: "../x"}), usbmuxd.BadDevice))
	r.say(usbmuxd.AppendRecord(nil, r.ask(usbmuxd.Request{Version: 1, Tag: 4, Command: usbmuxd.ReadPairRecord, RecordID: "x"}), []byte("record")))
	r.say(usbmuxd.AppendListeners(nil, r.ask(usbmuxd.Request{Version: 1, Tag: 5, Command: usbmuxd.ListListeners}), nil))
	r.say(usbmuxd.AppendResult(nil, r.ask(usbmuxd.Request{Version: 1, Tag: 6, Command: "Dance"}), usbmuxd.BadCommand))
	r.want(
		"+0s tool > usbmuxd ListDevices socket=1 tag=1 program=ideviceinfo peer=host",
		"+0s host > usbmuxd DeviceList socket=1 tag=1 devices=1 device=3 peer=tool",
		"+0s tool > usbmuxd ReadBUID socket=1 tag=2 peer=host",
		"+0s host > usbmuxd BUID socket=1 tag=2 buid=B-1 peer=tool",
		"+0s tool > usbmuxd ReadPairRecord socket=1 tag=3 record=../x peer=host",
		`+0s host > usbmuxd Result socket=1 tag=3 result=2 means="no such device or record" peer=tool`,
		"+0s tool > usbmuxd ReadPairRecord socket=1 tag=4 record=x peer=host",
		"+0s host > usbmuxd PairRecord socket=1 tag=4 len=6 peer=tool",
		"+0s tool > usbmuxd ListListeners socket=1 tag=5 peer=host",
		"+0s host > usbmuxd ListenerList socket=1 tag=5 peer=tool",
		"+0s tool > usbmuxd unknown command socket=1 tag=6 peer=host",
		`+0s host > usbmuxd Result socket=1 tag=6 result=1 means="bad command" peer=tool`,
	)
}

// Notifications have no tag, and are nobody's answer.
func TestSocketNotifications(t *testing.T) {
	r := newSocketRig(t)
	r.socket("tool", "open", "host", 1, nil)
	q := r.ask(usbmuxd.Request{Tag: 9, Command: usbmuxd.Listen})
	r.say(usbmuxd.AppendAttached(nil, 0, usbmuxd.Device{ID: 1, ProductID: 0x12A8, Serial: "S"}))
	r.say(usbmuxd.AppendResult(nil, q, usbmuxd.OK))
	r.say(usbmuxd.AppendPaired(nil, 0, 1))
	r.say(usbmuxd.AppendDetached(nil, 0, 1))
	r.socket("tool", "close", "host", 1, nil)
	r.want(
		"+0s tool > usbmuxd Listen socket=1 tag=9 version=0 peer=host",
		"+0s host > usbmuxd Attached socket=1 tag=0 version=0 device=1 serial=S product=4776 peer=tool",
		"+0s host > usbmuxd Result socket=1 tag=9 version=0 result=0 peer=tool",
		"+0s host > usbmuxd Paired socket=1 tag=0 version=0 device=1 peer=tool",
		"+0s host > usbmuxd Detached socket=1 tag=0 version=0 device=1 peer=tool",
		"+0s tool > usbmuxd close socket=1 peer=host",
	)
}

// A tunnel begins right behind the answer to Connect, wherever the pieces are cut,
// and its end tells what went each way.
func TestSocketTunnel(t *testing.T) {
	r := newSocketRig(t)
	q := usbmuxd.Request{Version: 1, Tag: 1, Command: usbmuxd.Connect, DeviceID: 3, HasDevice: true, Port: 62078, HasPort: true}
	ask, err := q.AppendTo(nil)
	require.NoError(t, err)
	refused, err := usbmuxd.AppendResult(nil, q, usbmuxd.ConnRefused)
	require.NoError(t, err)
	ok, err := usbmuxd.AppendResult(nil, q, usbmuxd.OK)
	require.NoError(t, err)
	r.socket("tool", "open", "host", 7, nil)
	r.socket("tool", "data", "host", 7, ask)
	r.socket("host", "data", "tool", 7, refused)
	for _, b := range append(ask, "early"...) {
		r.socket("tool", "data", "host", 7, []byte{b})
	}
	r.socket("host", "data", "tool", 7, append(ok, "first"...))
	r.socket("tool", "data", "host", 7, []byte("then"))
	r.socket("host", "close", "tool", 7, nil)
	r.want(
		"+0s tool > usbmuxd Connect socket=7 tag=1 device=3 port=62078 peer=host",
		`+0s host > usbmuxd Result socket=7 tag=1 result=3 means="connection refused" peer=tool`,
		"+0s tool > usbmuxd Connect socket=7 tag=1 device=3 port=62078 peer=host",
		"+0s host > usbmuxd Result socket=7 tag=1 result=0 peer=tool",
		"+0s tool > usbmuxd data socket=7 len=5 data=6561726c79 peer=host",
		"+0s host > usbmuxd data socket=7 len=5 data=6669727374 peer=tool",
		"+0s tool > usbmuxd data socket=7 len=4 data=7468656e peer=host",
		"+0s host > usbmuxd close socket=7 device=3 port=62078 sent=9 sent_sha256="+fmt.Sprintf("%x", sha256.Sum256([]byte("earlythen")))+
			" received=5 received_sha256="+fmt.Sprintf("%x", sha256.Sum256([]byte("first")))+" peer=tool",
	)
}

// What makes no sense is told once for each way; a socket whose beginning was not
// seen tells its end alone.
func TestSocketNonsense(t *testing.T) {
	r := newSocketRig(t)
	r.socket("tool", "open", "host", 1, nil)
	r.socket("tool", "data", "host", 1, []byte("GET / HTTP/1.1\r\n\r\n"))
	r.socket("tool", "data", "host", 1, []byte("GET / HTTP/1.1\r\n\r\n"))
	r.say(usbmuxd.AppendDevices(nil, usbmuxd.Request{Version: 1, Tag: 4}, nil))
	r.socket("late", "data", "host", 2, []byte("abc"))
	r.socket("late", "close", "host", 2, nil)
	require.Len(t, r.out, 3)
	require.Contains(t, r.out[0], "tool > usbmuxd malformed socket=1 fault=")
	require.Contains(t, r.out[1], "host > usbmuxd malformed socket=1 tag=4 peer=tool")
	require.Contains(t, r.out[2], "late > usbmuxd close socket=2 peer=host")
}
