package report

import (
	"encoding/json"
	"io"

	"github.com/plugfest/plugfest/scenarios"
)

// A Line is what [JSONL] says of one result.
type Line struct {
	Case      string   `json:"case"` // identity of the scenario
	Title     string   `json:"title"`
	Role      string   `json:"role,omitempty"`
	Level     string   `json:"level,omitempty"`
	Mutant    string   `json:"mutant,omitempty"`
	Seed      uint64   `json:"seed"`
	Verdict   string   `json:"verdict"`
	Message   string   `json:"message,omitempty"` // one line
	Detail    string   `json:"detail,omitempty"`  // all there is to say
	Simulated float64  `json:"simulated_seconds"`
	Wall      float64  `json:"wall_seconds"`
	Events    uint64   `json:"events"`
	Handovers uint64   `json:"handovers"`
	Replay    string   `json:"replay"` // command line
	Files     []string `json:"files,omitempty"`
	Version   string   `json:"version,omitempty"`
}

// JSONL writes one JSON object a line for each result, a [Line].
func JSONL(w io.Writer, s *scenarios.Summary) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range s.Results {
		r := &s.Results[i]
		l := Line{
			Case:      r.Scenario.ID,
			Title:     r.Scenario.Title,
			Role:      string(r.Scenario.Role),
			Level:     string(r.Scenario.Level),
			Seed:      r.Seed,
			Verdict:   string(r.Verdict),
			Message:   r.Message(),
			Detail:    r.Detail(),
			Simulated: r.Simulated.Seconds(),
			Wall:      r.Wall.Seconds(),
			Events:    r.Events,
			Handovers: r.Handovers,
			Replay:    r.Replay,
			Files:     r.Files,
			Version:   s.Version,
		}
		if r.Mutant != nil {
			l.Mutant = r.Mutant.Name
		}
		if err := e.Encode(l); err != nil {
			return err
		}
	}
	return nil
}
