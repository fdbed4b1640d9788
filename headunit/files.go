package headunit

import (
	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
)

// files takes in what the phone sends over the file transfer session, such as
// the artwork of a title, until the link goes down.
func (a *accessory) files() {
	var r filetransfer.Receiver
	var out []byte
	for {
		payload, err := a.s.ReceiveFile(sim.Never)
		if err != nil {
			return
		}
		var e filetransfer.Event
		out, e, err = r.Handle(out[:0], payload)
		if err != nil {
			a.h.state("file refused", sim.Text("why", err.Error()))
		}
		switch e.Kind {
		case filetransfer.Complete:
			a.h.state("file received", sim.Int("id", e.ID), sim.Int("type", e.Setup.Type), sim.Int("size", len(e.Data)))
		case filetransfer.CanceledByPeer:
			a.h.state("file canceled", sim.Int("id", e.ID))
		}
		if len(out) > 0 && a.s.SendFile(out) != nil {
			return
		}
	}
}
