package phone

import (
	"slices"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/sim/session"
	"github.com/plugfest/plugfest/wire/iap2/filetransfer"
	"github.com/plugfest/plugfest/wire/iap2/link"
)

// file is one that waits for its turn on the file transfer session.
type file struct {
	id   uint8
	kind uint16
	data []byte
}

// firstTransfer is the first id of a transfer that the device begins: ids from
// 128 on were seen (JoeyEamigh/bridgething; that all are is inferred).
const firstTransfer = 128

// sendFile puts a file on its way and returns the id that announces it. There
// must be a file transfer session.
func (a *accessory) sendFile(kind uint16, data []byte) (id uint8, ok bool) {
	if !a.s.Has(link.SessionFileTransfer) {
		return 0, false
	}
	a.nextID = max(a.nextID+1, firstTransfer)
	if kind == filetransfer.TypeArtwork {
		a.dropArtwork()
	}
	a.outbox = append(a.outbox, file{a.nextID, kind, data})
	if a.service(transfers) == nil {
		a.startService(transfers, (*service).transferAll)
	}
	return a.nextID, true
}

// dropArtwork takes pictures out of the outbox, which a newer one replaces: an
// accessory that skips from track to track with short messages gets the last
// track's picture, not all of them.
func (a *accessory) dropArtwork() {
	a.outbox = slices.DeleteFunc(a.outbox, func(f file) bool {
		if f.kind != filetransfer.TypeArtwork {
			return false
		}
		a.p.state("file not sent", sim.Int("id", f.id), sim.Text("why", "a newer picture replaces it"))
		return true
	})
}

// transferAll sends what is in the outbox, one file after the other.
func (s *service) transferAll() {
	a := s.a
	a.s.Files = true
	for !s.Over() && len(a.outbox) > 0 {
		f := a.outbox[0]
		a.outbox = slices.Delete(a.outbox, 0, 1)
		state, err := s.transfer(f)
		if err != nil {
			a.p.state("file not sent", sim.Int("id", f.id), sim.Text("why", err.Error()))
			continue
		}
		a.p.state("file sent", sim.Int("id", f.id), sim.Int("size", len(f.data)), sim.Text("result", state.String()))
	}
	if !s.Over() {
		a.s.Files = false
	}
}

// transfer sends one file and returns how that ended. An accessory that never
// answers gets a cancel.
func (s *service) transfer(f file) (filetransfer.State, error) {
	a := s.a
	sender, err := filetransfer.NewSender(f.id, f.kind, f.data, a.s.MaxData())
	if err != nil {
		return 0, err
	}
	var buf []byte
	for {
		for {
			out, ok := sender.Next(buf[:0])
			if !ok {
				break
			}
			if err := a.s.SendFile(out); err != nil {
				return 0, err
			}
			buf = out
		}
		if sender.State().Final() {
			return sender.State(), nil
		}
		payload, err := a.s.ReceiveFile(a.w.Now() + a.p.p.Timing.Transfer)
		if err == session.ErrTimeout {
			return filetransfer.Canceled, a.s.SendFile(sender.Cancel(nil))
		}
		if err != nil {
			return 0, err
		}
		if d, err := filetransfer.Parse(payload); err == nil {
			sender.Handle(d) // what is not for this transfer is ignored
		}
	}
}
