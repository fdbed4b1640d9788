package phone

import (
	"fmt"
	"slices"
	"time"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

// Route is the way that the phone guides its user along. The drive begins when
// the accessory asks for updates.
type Route struct {
	Source      string     `yaml:"source"` // name of the app: "Maps"
	Destination string     `yaml:"destination"`
	Road        string     `yaml:"road"`      // where it begins
	Speed       int        `yaml:"speed"`     // metres a second
	LeftHand    bool       `yaml:"left-hand"` // traffic keeps to the left
	Maneuvers   []Maneuver `yaml:"maneuvers"` // none: no route is set
	// Every is the time between updates; iPhones send about one a second
	// (luka-dev/mib2q-carplay-rgi, lvalen91/CPC200-CCPA_resources).
	Every time.Duration `yaml:"every"`
}

// A Maneuver is something to do at one place of the route.
type Maneuver struct {
	Type        string `yaml:"type"` // "left-turn", ...: ManeuverType of the catalogue
	Description string `yaml:"description"`
	Road        string `yaml:"road"`     // after it
	Distance    int    `yaml:"distance"` // metres from the maneuver before
}

// startRoute takes 5200. Without a display component of its own the accessory
// gets nothing; without a component id, all of its displays are meant
// (luka-dev/mib2q-carplay-rgi; redline-labs/digital_dashboard got updates for an
// empty 5200).
func (a *accessory) startRoute(d *control.Decoded) {
	var ids []uint16
	one, named := d.Uint("ComponentID")
	var limits control.Nodes
	for _, c := range a.id.Components {
		if c.Param == paramRouteGuidance && (!named || uint64(c.ID) == one) {
			ids = append(ids, c.ID)
			limits = c.Nodes
		}
	}
	if len(ids) == 0 {
		a.p.state("route guidance refused", sim.Text("why", "no such route guidance display component"))
		return
	}
	if !a.takes(control.MsgRouteGuidanceUpdate) {
		return
	}
	dr := &drive{route: a.p.p.Route, ids: ids, limits: limits, flags: d.Nodes}
	a.startService(guiding, func(s *service) {
		dr.service = s
		dr.run()
	})
}

// drive is one run along the route.
type drive struct {
	*service
	route  Route
	ids    []uint16      // displays
	limits control.Nodes // of the last of them
	flags  control.Nodes // of 5200
	next   int           // maneuver ahead
	ahead  int           // metres to it
	told   int           // maneuvers described so far
}

// run is the whole sequence: loading, the maneuvers in one burst, the route once
// a second, arrival, nothing.
func (dr *drive) run() {
	if len(dr.route.Maneuvers) == 0 {
		dr.update("none")
		return
	}
	dr.ahead = dr.route.Maneuvers[0].Distance
	if !dr.update("loading") || !dr.describe() || !dr.update("route-set", dr.way()...) {
		return
	}
	for dr.Sleep(dr.route.Every) {
		dr.drive()
		if dr.next == len(dr.route.Maneuvers) {
			if dr.update("arrived") && dr.Sleep(dr.route.Every) {
				dr.update("none")
			}
			return
		}
		if !dr.describe() || !dr.update("route-set", dr.way()...) {
			return
		}
	}
}

// drive goes on for as long as there is between two updates.
func (dr *drive) drive() {
	dr.ahead -= int(time.Duration(dr.route.Speed) * dr.route.Every / time.Second)
	for dr.ahead <= 0 {
		dr.route.Road = dr.route.Maneuvers[dr.next].Road
		if dr.next++; dr.next == len(dr.route.Maneuvers) {
			return
		}
		dr.ahead += dr.route.Maneuvers[dr.next].Distance
	}
}

// update sends 5201.
func (dr *drive) update(state string, more ...control.Field) bool {
	fields := append([]control.Field{control.F("ComponentIDs", dr.ids), control.F("State", state)}, more...)
	if dr.flags.Has("SourceName") && dr.route.Source != "" {
		fields = append(fields, control.F("SourceName", dr.route.Source))
	}
	if dr.flags.Has("SourceSupportsRouteGuidance") {
		fields = append(fields, control.F("SourceSupportsRouteGuidance", 1))
	}
	return dr.tell("RouteGuidanceUpdate", fields...)
}

// way is the rest of the route.
func (dr *drive) way() []control.Field {
	rest := dr.ahead
	for _, m := range dr.route.Maneuvers[dr.next+1:] {
		rest += m.Distance
	}
	left := time.Duration(rest) * time.Second / time.Duration(dr.route.Speed)
	fields := []control.Field{
		control.F("DestinationName", dr.clip("MaxDestinationNameLength", dr.route.Destination)),
		control.F("EstimatedTimeOfArrival", dr.a.w.Time().Add(left).Unix()),
		control.F("TimeRemaining", int64(left/time.Second)),
		control.F("DistanceRemaining", rest),
		control.F("DistanceRemainingText", distance(rest)), control.F("DistanceRemainingUnits", units(rest)),
		control.F("DistanceToManeuver", dr.ahead),
		control.F("DistanceToManeuverText", distance(dr.ahead)), control.F("DistanceToManeuverUnits", units(dr.ahead)),
		control.F("CurrentManeuvers", []int{dr.next}),
		control.F("ManeuverCount", len(dr.route.Maneuvers)),
	}
	if dr.route.Road != "" {
		fields = slices.Insert(fields, 0, control.F("CurrentRoadName", dr.clip("MaxCurrentRoadNameLength", dr.route.Road)))
	}
	return fields
}

// describe sends a 5202 for each maneuver that the display has room for and does
// not know yet.
func (dr *drive) describe() bool {
	end := len(dr.route.Maneuvers)
	if room, ok := dr.limits.Uint("MaxManeuverStorage"); ok && room < uint64(end-dr.next) {
		end = dr.next + int(room)
	}
	side := "right-hand-traffic"
	if dr.route.LeftHand {
		side = "left-hand-traffic"
	}
	for ; dr.told < end; dr.told++ {
		m := dr.route.Maneuvers[dr.told]
		for _, id := range dr.ids {
			if !dr.tell("RouteGuidanceManeuverUpdate",
				control.F("ComponentID", id), control.F("Index", dr.told),
				control.F("Description", dr.clip("MaxManeuverDescriptionLength", m.Description)),
				control.F("Type", m.Type),
				control.F("AfterManeuverRoadName", dr.clip("MaxAfterManeuverRoadNameLength", m.Road)),
				control.F("Distance", m.Distance), control.F("DistanceText", distance(m.Distance)),
				control.F("DistanceUnits", units(m.Distance)), control.F("DrivingSide", side),
				control.F("JunctionType", 0)) {
				return false
			}
		}
	}
	return true
}

// clip cuts a text to what the display has room for, in characters; the unit is
// inferred.
func (dr *drive) clip(limit, text string) string {
	n, ok := dr.limits.Uint(limit)
	if r := []rune(text); ok && n > 0 && uint64(len(r)) > n {
		return string(r[:n])
	}
	return text
}

func units(m int) string {
	if m < 1000 {
		return "m"
	}
	return "km"
}

func distance(m int) string {
	if m < 1000 {
		return fmt.Sprint(m)
	}
	return fmt.Sprintf("%d.%d", m/1000, m%1000/100)
}
