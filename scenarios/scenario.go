package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// A Scenario says which endpoints meet, what happens to them, and what must be
// seen on the wire by when. [Parse] reads one from YAML; code may fill one in
// just as well, and [Scenario.Check] looks it over.
//
// With an identity (requirement, source, role, level) it is a conformance case.
type Scenario struct {
	ID          string // words of a-z, 0-9 and -, joined by /: carlife/connect
	Title       string
	Requirement string // what must hold, in our own words
	Source      string // where the requirement comes from
	Role        Role   // the endpoint under test
	Level       Level  // default Must

	Setup  Setup         // how the bench is set up
	Limit  time.Duration // when the scenario ends anyway; default [DefaultLimit]
	Script []Step
	Never  []Pattern // must not come at any time

	Mutants []Mutant // broken endpoints with which the scenario must fail

	File string // where it was read from, "" for one made in code

	src     *source
	where   map[place]mark
	builtin bool
}

// DefaultLimit is how much simulated time a scenario has.
const DefaultLimit = 60 * time.Second

// A Role is an endpoint under test.
type Role string

// The roles.
const (
	Phone    Role = "phone"
	Headunit Role = "headunit"
	Host     Role = "host" // USB host software: a usbmuxd
	Chip     Role = "chip" // an MFi coprocessor
)

// Roles lists the roles.
func Roles() []Role { return []Role{Phone, Headunit, Host, Chip} }

// A Level says how binding a requirement is.
type Level string

// The levels. A requirement that is not met and is not a must gives the verdict
// [PassNonstrict].
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Levels lists the levels.
func Levels() []Level { return []Level{Must, Should, May} }

// A Setup is what a scenario says to the bench about each part. The bench
// alone knows the keys.
type Setup struct {
	Phone, Headunit, Host, Chip, Cable Settings
}

// Merge returns the setup with other's settings laid over it, part by part.
func (s Setup) Merge(other Setup) Setup {
	return Setup{
		Phone:    s.Phone.Merge(other.Phone),
		Headunit: s.Headunit.Merge(other.Headunit),
		Host:     s.Host.Merge(other.Host),
		Chip:     s.Chip.Merge(other.Chip),
		Cable:    s.Cable.Merge(other.Cable),
	}
}

// A Mutant is a setup broken in exactly the way that a scenario exists to
// catch.
type Mutant struct {
	Name  string
	Setup Setup  // laid over the scenario's
	Fails string // text that the failure's message must hold
}

// place names what a [Scenario.Check] complains of.
type place struct {
	part string // "id", "limit", "script", "never", "mutants"
	i, j int    // step or pattern; pattern inside of an unordered, or -1
}

// mark is a place in the file. Script lines are mapped to it byte for byte.
type mark struct {
	line, col int
	exact     bool // the line stands in the file as it is, from col on
}

// Position returns where step i of the script, or with never set pattern i of
// Never, stands in the scenario's file.
func (s *Scenario) Position(i int, never bool) Position {
	at := place{"script", i, -1}
	if never {
		at.part = "never"
	}
	m := s.where[at]
	return Position{File: s.File, Line: m.line, Col: m.col}
}

// limit returns the limit with its default.
func (s *Scenario) limit() time.Duration {
	if s.Limit == 0 {
		return DefaultLimit
	}
	return s.Limit
}

func (s *Scenario) level() Level {
	if s.Level == "" {
		return Must
	}
	return s.Level
}

// MutantNamed returns the mutant of that name.
func (s *Scenario) MutantNamed(name string) (*Mutant, error) {
	var names []string
	for i := range s.Mutants {
		if s.Mutants[i].Name == name {
			return &s.Mutants[i], nil
		}
		names = append(names, s.Mutants[i].Name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no mutants", s.ID)
	}
	return nil, fmt.Errorf("%s has no mutant %q; it has %q", s.ID, name, names)
}

// Incomplete says what a scenario lacks to be a conformance case, or "".
func (s *Scenario) Incomplete() string {
	switch {
	case s.Requirement == "":
		return "requirement"
	case s.Source == "":
		return "source"
	case s.Role == "":
		return "role"
	case s.Level == "":
		return "level"
	case len(s.Mutants) == 0:
		return "mutants"
	}
	return ""
}

const maxID = 100

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$`)

func checkID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("id is missing")
	case len(id) > maxID:
		return fmt.Errorf("id of %d characters; %d is the most", len(id), maxID)
	case !idForm.MatchString(id):
		return fmt.Errorf("id %q: want words of a-z, 0-9 and -, joined by /, such as carlife/connect", id)
	}
	return nil
}

func checkOneOf[T ~string](key string, v T, all []T) error {
	if v == "" || slices.Contains(all, v) {
		return nil
	}
	return fmt.Errorf("%s %q: want one of %v", key, v, all)
}
