package muxd

import "net"

// Faults make a [Daemon] misbehave, each in one way that was seen in daemons of
// this kind. The zero value behaves.
type Faults struct {
	ReuseIDs       bool // a device that comes gets the lowest id that is free
	StaleIDs       bool // the id of a device that has gone leads to one that is there
	KeepOnDetach   bool // clients are not told that their device has gone
	NoPaired       bool // listeners are not told of pair records
	AnyRecordID    bool // ids of pair records may climb out of their directory
	HeadOfLine     bool // a client that does not read stops its whole device
	CrossedClients bool // what a phone sends goes to another client of it
	MaxClients     int  // clients beyond these are turned away; 0 for no limit
	LeakedClients  bool // clients that have gone count, too
	NoBinary       bool // the binary protocol is one that it does not know
}

// full reports whether there is no room for another client.
func (d *Daemon) full() bool {
	n := len(d.clients)
	if d.o.Faults.LeakedClients {
		n = d.served
	}
	return d.o.Faults.MaxClients > 0 && n > d.o.Faults.MaxClients
}

// freeID returns the id of a device that comes.
func (d *Daemon) freeID() uint32 {
	if d.o.Faults.ReuseIDs {
		id := uint32(1)
		for d.find(id) != nil {
			id++
		}
		return id
	}
	d.nextID++
	return d.nextID
}

// blocked reports whether a read from the device waits for a client.
func (v *device) blocked() bool {
	if !v.d.o.Faults.HeadOfLine {
		return false
	}
	for _, c := range v.engine.Conns() {
		if c.Buffered() > 0 {
			return true
		}
	}
	return false
}

// receiver returns the client that gets what came for t.
func (v *device) receiver(t *tunnel) net.Conn {
	if v.d.o.Faults.CrossedClients {
		for _, c := range v.engine.Conns() {
			if o := c.User.(*tunnel); o != t && o.client != nil && !o.over {
				return o.client
			}
		}
	}
	return t.client
}

// unblock goes on reading.
func (v *device) unblock() {
	for len(v.held) > 0 && !v.gone && !v.blocked() {
		t := v.held[0]
		v.held = v.held[1:]
		v.submit(t)
	}
}
