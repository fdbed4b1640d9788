package tap

import (
	"fmt"
	"strings"

	"github.com/plugfest/plugfest/wire/usbmuxd"
)

var versions = map[uint32]string{usbmuxd.Binary: "binary", usbmuxd.Plist: "plist"}

// request tells what a client asks of the daemon.
func (c *Conversation) request(m usbmuxd.Message) {
	r, err := usbmuxd.ParseRequest(m)
	if err != nil {
		c.note(Client, "usbmuxd", fmt.Sprintf("tag=%d %v", m.Tag, err), detail(m.Payload))
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s tag=%d", r.Command, r.Tag)
	if v := versions[r.Version]; v != "plist" {
		fmt.Fprintf(&b, " (%s)", v)
	}
	switch r.Command {
	case usbmuxd.Connect:
		fmt.Fprintf(&b, " device=%d port=%d", r.DeviceID, r.Port)
		if name := c.names.of(r.DeviceID, r.Port); name != "" {
			fmt.Fprintf(&b, " (%s)", name)
		}
		c.asked = &r
	case usbmuxd.ReadPairRecord, usbmuxd.DeletePairRecord:
		fmt.Fprintf(&b, " record=%s", r.RecordID)
	case usbmuxd.SavePairRecord:
		fmt.Fprintf(&b, " record=%s %d bytes", r.RecordID, len(r.RecordData))
	}
	if r.Client.ProgName != "" {
		fmt.Fprintf(&b, " by %s", r.Client.ProgName)
	}
	c.note(Client, "usbmuxd", b.String(), detail(m.Payload))
}

// reply tells what the daemon says.
func (c *Conversation) reply(m usbmuxd.Message) {
	r, err := usbmuxd.ParseReply(m)
	if err != nil {
		c.note(Server, "usbmuxd", fmt.Sprintf("tag=%d %v", m.Tag, err), detail(m.Payload))
		return
	}
	tag := ""
	if r.Tag != 0 {
		tag = fmt.Sprintf(" tag=%d", r.Tag)
	}
	text := ""
	switch r.Type {
	case "Result":
		text = fmt.Sprintf("Result%s %v", tag, r.Result)
	case "Attached":
		text = "Attached " + device(r.Device)
	case "Detached", "Paired":
		text = fmt.Sprintf("%s device=%d", r.Type, r.Device.ID)
	default:
		text = "answer" + tag + answer(r)
	}
	c.note(Server, "usbmuxd", text, detail(m.Payload))
	if r.Type != "Result" || c.asked == nil || r.Tag != c.asked.Tag {
		return
	}
	if r.Result == usbmuxd.OK {
		c.open()
		return
	}
	c.asked = nil
	early := c.early
	c.early = nil
	c.mux[Client].Feed(early)
	c.messages(Client)
}

func answer(r usbmuxd.Reply) string {
	switch {
	case r.BUID != "":
		return " BUID=" + r.BUID
	case r.Record != nil:
		return fmt.Sprintf(" record of %d bytes", len(r.Record))
	}
	var b strings.Builder
	for _, d := range r.Devices {
		b.WriteString(" " + device(d))
	}
	if b.Len() == 0 {
		return " nothing"
	}
	return b.String()
}

func device(d usbmuxd.Device) string { return fmt.Sprintf("device=%d %s", d.ID, d.Serial) }
