// Package trace holds the readers of a world's one stream of events: what
// keeps it, compares it, stores it and shows it.
//
// Each reader has a method Observe, to be given to [sim.World.Observe]:
//
//   - [Recorder] keeps copies, for assertions;
//   - [Hash] reduces a whole run to 32 bytes: two runs of one seed are equal
//     exactly when their hashes are;
//   - [JSONLWriter] stores one event a line, and [JSONLReader] reads them back;
//   - [Describe] puts an event into one line of text, [ParseLine] reads such a
//     line;
//   - [Ladder] draws the events between the endpoints as a ladder diagram.
//
// Package [github.com/plugfest/plugfest/sim/trace/pcap] writes and reads
// captures that Wireshark opens. Package
// [github.com/plugfest/plugfest/sim/trace/dissect] says what the transferred
// bytes mean; put it before the readers that want to know:
//
//	rec := trace.NewRecorder()
//	w.Observe(dissect.New(rec.Observe).Observe)
package trace
