package muxd_test

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// program is a client of the daemon.
type program struct {
	x    *rig
	conn net.Conn
	dec  usbmuxd.Decoder
	tag  uint32
}

// program starts one, at a socket of its own.
func (x *rig) program() *program {
	near, far := x.w.Pipe("socket")
	x.w.Go("client", func() { x.d.Serve(far) })
	return &program{x: x, conn: near}
}

// send sends a request as version 1 with the next tag.
func (p *program) send(r usbmuxd.Request) {
	p.x.t.Helper()
	p.tag++
	r.Version, r.Tag = usbmuxd.Plist, p.tag
	b, err := r.AppendTo(nil)
	require.NoError(p.x.t, err)
	p.raw(b)
}

func (p *program) raw(b []byte) {
	p.x.t.Helper()
	_, err := p.conn.Write(b)
	require.NoError(p.x.t, err)
}

func (p *program) hex(s string) {
	p.x.t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(p.x.t, err)
	p.raw(b)
}

// next reads one message, within a minute. It reads as libusbmuxd does: a message
// must come by one read.
func (p *program) next() usbmuxd.Reply {
	p.x.t.Helper()
	r, err := p.try(time.Minute)
	require.NoError(p.x.t, err)
	return r
}

func (p *program) try(d time.Duration) (usbmuxd.Reply, error) {
	p.x.t.Helper()
	for {
		m, ok, err := p.dec.Next()
		require.NoError(p.x.t, err)
		if ok {
			return usbmuxd.ParseReply(m)
		}
		_ = p.conn.SetReadDeadline(p.x.w.Time().Add(d))
		buf := make([]byte, 64<<10)
		n, err := p.conn.Read(buf)
		if err != nil {
			return usbmuxd.Reply{}, err
		}
		p.dec.Feed(buf[:n])
	}
}

// ask sends a request and returns the answer, which has its version and tag.
func (p *program) ask(r usbmuxd.Request) usbmuxd.Reply {
	p.x.t.Helper()
	p.send(r)
	reply := p.next()
	require.Equal(p.x.t, usbmuxd.Header{Length: reply.Length, Version: usbmuxd.Plist, Kind: usbmuxd.KindPlist, Tag: p.tag}, reply.Header)
	return reply
}

// connect asks for a port.
func (p *program) connect(id uint32, port uint16) usbmuxd.Result {
	p.x.t.Helper()
	return p.ask(usbmuxd.Request{Command: usbmuxd.Connect, DeviceID: id, HasDevice: true, Port: port, HasPort: true}).Result
}

// bytes reads n bytes of the connection.
func (p *program) bytes(n int) []byte {
	p.x.t.Helper()
	b := make([]byte, n)
	k := copy(b, p.dec.Rest())
	_ = p.conn.SetReadDeadline(p.x.w.Time().Add(time.Minute))
	_, err := io.ReadFull(p.conn, b[k:])
	require.NoError(p.x.t, err)
	return b
}

// closed requires that the daemon has closed the client.
func (p *program) closed() {
	p.x.t.Helper()
	_ = p.conn.SetReadDeadline(p.x.w.Time().Add(time.Minute))
	_, err := io.Copy(io.Discard, p.conn)
	require.NoError(p.x.t, err)
}

// framed puts a header before a payload.
func framed(version, kind, tag uint32, payload string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(usbmuxd.HeaderLen+len(payload)))
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, kind)
	b = binary.LittleEndian.AppendUint32(b, tag)
	return append(b, payload...)
}
