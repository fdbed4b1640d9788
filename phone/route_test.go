package phone

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
	"github.com/plugfest/plugfest/wire/iap2/control"
)

const threeTurns = `
route:
  source: Maps
  destination: Town Hall
  road: First Street
  speed: 100
  every: 1s
  maneuvers:
    - {type: left-turn, description: Turn left, road: Second Street, distance: 150}
    - {type: keep-right, description: Keep right, road: Third Street, distance: 1200}
    - {type: arrive-left, description: Arrive, road: "", distance: 50}
`

// display is a route guidance display with an id and what it holds.
func display(id int, limits ...control.Field) control.Field {
	return control.F("RouteGuidanceDisplayComponent", append(control.Values{control.F("ID", id), control.F("Name", "HUD")}, limits...))
}

func routeList(component ...control.Field) []control.Field {
	return append(takes(control.MsgStartRouteGuidanceUpdates, control.MsgStopRouteGuidanceUpdates,
		control.MsgRouteGuidanceUpdate, control.MsgRouteGuidanceManeuverUpdate), component...)
}

func (x *script) guide(id int) {
	x.t.Helper()
	x.send("StartRouteGuidanceUpdates", control.F("ComponentID", id))
}

// The whole drive: loading, all maneuvers in one burst, the way once a second,
// arrival, nothing.
func TestADrive(t *testing.T) {
	play(t, threeTurns, func(x *script) {
		x.begin(routeList(display(42))...)
		x.guide(42)
		from := x.w.Now()
		require.Equal(t, " ComponentIDs=[42] State=loading", x.dense("RouteGuidanceUpdate"))
		require.Equal(t, ` ComponentID=42 Index=0 Description="Turn left" Type=left-turn AfterManeuverRoadName="Second Street"`+
			` Distance=150 DistanceText="150" DistanceUnits=m DrivingSide=right-hand-traffic JunctionType=0`, x.dense("RouteGuidanceManeuverUpdate"))
		require.Equal(t, ` ComponentID=42 Index=1 Description="Keep right" Type=keep-right AfterManeuverRoadName="Third Street"`+
			` Distance=1200 DistanceText="1.2" DistanceUnits=km DrivingSide=right-hand-traffic JunctionType=0`, x.dense("RouteGuidanceManeuverUpdate"))
		require.Equal(t, ` ComponentID=42 Index=2 Description="Arrive" Type=arrive-left AfterManeuverRoadName=""`+
			` Distance=50 DistanceText="50" DistanceUnits=m DrivingSide=right-hand-traffic JunctionType=0`, x.dense("RouteGuidanceManeuverUpdate"))

		eta := (sim.Epoch.Add(from)).Add(14 * time.Second).Unix()
		require.Equal(t, fmt.Sprintf(` ComponentIDs=[42] State=route-set CurrentRoadName="First Street" DestinationName="Town Hall"`+
			` EstimatedTimeOfArrival=%d TimeRemaining=14 DistanceRemaining=1400 DistanceRemainingText="1.4" DistanceRemainingUnits=km`+
			` DistanceToManeuver=150 DistanceToManeuverText="150" DistanceToManeuverUnits=m CurrentManeuvers=[0] ManeuverCount=3`, eta),
			x.dense("RouteGuidanceUpdate"))
		require.Zero(t, x.w.Now()-from)

		type place struct {
			at              time.Duration
			road            string
			next            uint16
			ahead, distance uint64
		}
		var got []place
		for range 13 {
			d := x.next("RouteGuidanceUpdate")
			p := place{at: x.w.Now() - from}
			p.road, _ = d.Text("CurrentRoadName")
			ids, _ := d.IDs("CurrentManeuvers")
			p.next = ids[0]
			p.ahead, _ = d.Uint("DistanceToManeuver")
			p.distance, _ = d.Uint("DistanceRemaining")
			got = append(got, p)
		}
		require.Equal(t, place{1 * time.Second, "First Street", 0, 50, 1300}, got[0])
		require.Equal(t, place{2 * time.Second, "Second Street", 1, 1150, 1200}, got[1])
		require.Equal(t, place{13 * time.Second, "Second Street", 1, 50, 100}, got[12])
		require.Equal(t, " ComponentIDs=[42] State=arrived", x.dense("RouteGuidanceUpdate"))
		require.Equal(t, 14*time.Second, x.w.Now()-from)
		require.Equal(t, " ComponentIDs=[42] State=none", x.dense("RouteGuidanceUpdate"))
		require.Equal(t, 15*time.Second, x.w.Now()-from)
		x.quiet(time.Minute)
	})
}

func TestNoRouteIsSet(t *testing.T) {
	play(t, "", func(x *script) {
		x.begin(routeList(display(1))...)
		x.guide(1)
		require.Equal(t, " ComponentIDs=[1] State=none", x.dense("RouteGuidanceUpdate"))
		x.quiet(time.Minute)
	})
}

// Without an id all displays are meant; source and support are told where they
// are asked for.
func TestAllDisplays(t *testing.T) {
	two := control.F("RouteGuidanceDisplayComponent", []control.Values{
		{control.F("ID", 5), control.F("Name", "HUD")}, {control.F("ID", 6), control.F("Name", "Cluster")}})
	play(t, threeTurns, func(x *script) {
		x.begin(routeList(two)...)
		x.send("StartRouteGuidanceUpdates", control.F("SourceName", true), control.F("SourceSupportsRouteGuidance", true))
		require.Equal(t, ` ComponentIDs=[5 6] State=loading SourceName="Maps" SourceSupportsRouteGuidance=1`, x.dense("RouteGuidanceUpdate"))
		var ids []uint64
		for range 6 {
			id, _ := x.next("RouteGuidanceManeuverUpdate").Uint("ComponentID")
			ids = append(ids, id)
		}
		require.Equal(t, []uint64{5, 6, 5, 6, 5, 6}, ids)
	})
}

// Updates are withheld from an accessory without the display that it names.
func TestADisplayThatIsNotDeclared(t *testing.T) {
	for name, tt := range map[string]struct {
		component []control.Field
		id        int
	}{"none at all": {nil, 1}, "another": {[]control.Field{display(42)}, 41}} {
		t.Run(name, func(t *testing.T) {
			play(t, threeTurns, func(x *script) {
				x.begin(routeList(tt.component...)...)
				x.guide(tt.id)
				x.quiet(time.Minute)
				x.saw("route guidance refused why=no such route guidance display component")
			})
		})
	}
}

// Texts are cut to what the display holds, and maneuvers beyond its storage come
// when there is room.
func TestTheLimitsOfTheDisplay(t *testing.T) {
	play(t, threeTurns, func(x *script) {
		x.begin(routeList(display(1, control.F("MaxCurrentRoadNameLength", 5), control.F("MaxDestinationNameLength", 4),
			control.F("MaxAfterManeuverRoadNameLength", 3), control.F("MaxManeuverDescriptionLength", 2), control.F("MaxManeuverStorage", 2)))...)
		x.guide(1)
		x.next("RouteGuidanceUpdate")
		for i := range uint64(2) {
			d := x.next("RouteGuidanceManeuverUpdate")
			got, _ := d.Uint("Index")
			require.Equal(t, i, got)
			text, _ := d.Text("Description")
			require.Len(t, text, 2)
			text, _ = d.Text("AfterManeuverRoadName")
			require.Len(t, text, 3)
		}
		d := x.next("RouteGuidanceUpdate")
		text, _ := d.Text("CurrentRoadName")
		require.Equal(t, "First", text)
		text, _ = d.Text("DestinationName")
		require.Equal(t, "Town", text)
		x.next("RouteGuidanceUpdate")
		index, _ := x.after(time.Second, "RouteGuidanceManeuverUpdate").Uint("Index")
		require.Equal(t, uint64(2), index, "the first maneuver is behind")
	})
}

func TestTheDriveIsStopped(t *testing.T) {
	play(t, threeTurns+"  left-hand: true\n", func(x *script) {
		x.begin(routeList(display(1))...)
		x.guide(1)
		x.next("RouteGuidanceUpdate")
		for range 3 {
			side, _ := x.next("RouteGuidanceManeuverUpdate").Enum("DrivingSide")
			require.Equal(t, "left-hand-traffic", side)
		}
		x.next("RouteGuidanceUpdate")
		x.send("StopRouteGuidanceUpdates", control.F("ComponentID", 1))
		x.quiet(time.Minute)
		x.guide(1) // the drive begins anew
		require.Equal(t, " ComponentIDs=[1] State=loading", x.dense("RouteGuidanceUpdate"))
	})
}
