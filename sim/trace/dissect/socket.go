package dissect

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/usbmuxd"
)

// sockets follow what programs and a usbmuxd say to each other, as events of the
// layer "socket" tell it: "open" by the program, then "data" and "close" by
// either, each with the number of the socket and the peer.
type sockets struct {
	d    *Dissector
	open map[int64]*socket
}

// maxSockets bounds the sockets followed at once.
const maxSockets = 8192

// The two ways of a socket.
const (
	toDaemon = iota
	toClient
)

// socket is one program's connection to the daemon.
type socket struct {
	d      *Dissector
	number int64
	ends   [2]string // who sends, by way
	dec    [2]usbmuxd.Decoder
	failed [2]bool
	asked  []usbmuxd.Request // what has no answer yet
	tunnel *usbmuxd.Request  // the Connect that was answered with OK
	moved  [2]tally          // through the tunnel, by way
}

func (s *sockets) observe(e *sim.Event) {
	n, _ := e.Num("socket")
	k := s.open[n]
	if e.Kind == "open" || k == nil {
		if s.open == nil || len(s.open) >= maxSockets {
			s.open = map[int64]*socket{}
		}
		k = &socket{d: s.d, number: n, ends: [2]string{e.Who, e.Get("peer")}}
		k.dec[toClient].Limit = 1 << 20 // of a list of many devices
		if e.Kind != "open" {           // its beginning was not seen: what this is cannot be told
			k.failed = [2]bool{true, true}
		}
		s.open[n] = k
	}
	way := toClient
	if e.Who == k.ends[toDaemon] {
		way = toDaemon
	}
	switch e.Kind {
	case "data":
		k.feed(way, e.Data)
	case "close":
		delete(s.open, n)
		k.close(way)
	}
}

func (k *socket) derive() []sim.Field { return append(k.d.derive(), sim.Int("socket", k.number)) }

func (k *socket) emit(kind string, way int, f []sim.Field, data []byte) {
	k.d.emit("usbmuxd", kind, k.ends[way], k.ends[1-way], f, data)
}

func (k *socket) feed(way int, b []byte) {
	switch {
	case k.failed[way]:
		return
	case k.tunnel != nil:
		k.data(way, b)
		return
	}
	k.dec[way].Feed(b)
	for k.tunnel == nil {
		m, ok, err := k.dec[way].Next()
		if err != nil {
			k.failed[way] = true
			k.emit("malformed", way, append(k.derive(), sim.Text("fault", err.Error())), nil)
		}
		if !ok {
			return
		}
		if way == toDaemon {
			k.request(m)
		} else {
			k.reply(m)
		}
	}
}

// data is what passes a tunnel.
func (k *socket) data(way int, b []byte) {
	if len(b) == 0 {
		return
	}
	k.moved[way].add(b)
	k.emit("data", way, append(k.derive(), sim.Int("len", len(b))), b)
}

// message begins the fields of a message.
func (k *socket) message(h usbmuxd.Header) []sim.Field {
	f := append(k.derive(), sim.Int("tag", h.Tag))
	if h.Version != usbmuxd.Plist {
		f = append(f, sim.Int("version", h.Version))
	}
	return f
}

func (k *socket) request(m usbmuxd.Message) {
	r, err := usbmuxd.ParseRequest(m)
	f := k.message(m.Header)
	if r.HasDevice {
		f = append(f, sim.Int("device", r.DeviceID))
	}
	if r.HasPort {
		f = append(f, sim.Int("port", r.Port))
	}
	f = texts(f, "record", r.RecordID, "program", r.Client.ProgName)
	if err != nil {
		f = append(f, sim.Text("fault", err.Error()))
	}
	if k.asked = append(k.asked, r); len(k.asked) > maxAsked {
		k.asked = k.asked[1:]
	}
	kind := string(r.Command)
	if _, known := answers[r.Command]; !known {
		kind = "unknown command"
	}
	k.emit(kind, toDaemon, f, nil)
}

// maxAsked bounds the questions without an answer that are remembered. All known
// programs ask one at a time.
const maxAsked = 64

// answered takes out what a reply answers: the first question with its tag.
func (k *socket) answered(tag uint32) usbmuxd.Request {
	for i, r := range k.asked {
		if r.Tag == tag {
			k.asked = k.asked[i+1:]
			return r
		}
	}
	return usbmuxd.Request{}
}

// answers are what the replies to commands are called that are no Result.
var answers = map[usbmuxd.Command]string{
	usbmuxd.Listen: "", usbmuxd.Connect: "", usbmuxd.SavePairRecord: "", usbmuxd.DeletePairRecord: "",
	usbmuxd.ListDevices: "DeviceList", usbmuxd.ListListeners: "ListenerList", usbmuxd.ReadBUID: "BUID", usbmuxd.ReadPairRecord: "PairRecord",
}

// reply shows what the daemon says, and finds out where the tunnel begins.
func (k *socket) reply(m usbmuxd.Message) {
	r, err := usbmuxd.ParseReply(m)
	f := k.message(m.Header)
	kind := r.Type
	var asked usbmuxd.Request
	if kind == "Result" || kind == "" {
		asked = k.answered(m.Tag)
	}
	switch {
	case err != nil:
		kind, f = "malformed", append(f, sim.Text("fault", err.Error()))
	case kind == "Result":
		f = append(f, sim.Int("result", uint32(r.Result)))
		if r.Result != usbmuxd.OK {
			f = append(f, sim.Text("means", r.Result.String()))
		}
	case kind == "Attached":
		f = append(f, sim.Int("device", r.Device.ID), sim.Text("serial", r.Device.Serial), sim.Int("product", r.Device.ProductID))
	case kind == "Detached", kind == "Paired":
		f = append(f, sim.Int("device", r.Device.ID))
	default:
		if kind = answers[asked.Command]; kind == "" {
			kind = "malformed"
		}
		switch kind {
		case "DeviceList":
			f = append(f, sim.Int("devices", len(r.Devices)))
			for _, d := range r.Devices {
				if len(f) < maxFields {
					f = append(f, sim.Int("device", d.ID))
				}
			}
		case "BUID":
			f = texts(f, "buid", r.BUID)
		case "PairRecord":
			f = append(f, sim.Int("len", len(r.Record)))
		}
	}
	k.emit(kind, toClient, f, nil)
	if kind == "Result" && asked.Command == usbmuxd.Connect && r.Result == usbmuxd.OK {
		k.tunnel = &asked
		k.data(toDaemon, k.dec[toDaemon].Rest())
		k.data(toClient, k.dec[toClient].Rest())
	}
}

// close tells who ended the socket and, if there was a tunnel, how much went each
// way, and its hash: sent is what the client sent. Where the two are the same bytes
// it says so.
func (k *socket) close(way int) {
	f := k.derive()
	if k.tunnel != nil {
		f = append(f, sim.Int("device", k.tunnel.DeviceID), sim.Int("port", k.tunnel.Port))
		f = k.moved[toDaemon].fields(f, "sent")
		f = k.moved[toClient].fields(f, "received")
		if k.moved[toDaemon].same(&k.moved[toClient]) {
			f = append(f, sim.Int("echoed", 1))
		}
	}
	k.emit("close", way, f, nil)
}

// socketKinds are the kinds of the layer "usbmuxd".
func socketKinds() []string {
	kinds := []string{"Result", "Attached", "Detached", "Paired", "unknown command", "malformed", "data", "close"}
	for command, answer := range answers {
		kinds = append(kinds, string(command))
		if answer != "" {
			kinds = append(kinds, answer)
		}
	}
	return kinds
}
