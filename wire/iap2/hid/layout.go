package hid

import (
	"errors"
	"fmt"
	"slices"
)

// Report is one kind of report.
type Report struct {
	// ID is the report id, which stands before the report.
	ID uint8
	// Len is the number of bytes after the id: the link control byte and the
	// data. It is the report count in the descriptor.
	Len int
}

// Size is the number of bytes of the report with its id.
func (r Report) Size() int { return 1 + r.Len }

// Room is the number of data bytes that the report holds.
func (r Report) Room() int { return r.Len - 1 }

// Reports lists the reports of one direction, ordered by length.
type Reports []Report

// Fit gives the smallest report that holds n data bytes, or the largest of all
// where none does.
func (list Reports) Fit(n int) Report {
	for _, r := range list {
		if r.Room() >= n {
			return r
		}
	}
	return list[len(list)-1]
}

// Find gives the report with this id.
func (list Reports) Find(id uint8) (Report, bool) {
	for _, r := range list {
		if r.ID == id {
			return r, true
		}
	}
	return Report{}, false
}

// Largest is the length in bytes of the longest report with its id.
func (list Reports) Largest() int {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Size()
}

// ErrLayout says that reports cannot carry link packets.
var ErrLayout = errors.New("reports cannot carry link packets")

// check refuses a list that could not carry anything.
func (list Reports) check(direction string) error {
	if len(list) == 0 {
		return fmt.Errorf("hid: no %s report: %w", direction, ErrLayout)
	}
	for i, r := range list {
		switch {
		case r.ID == 0:
			return fmt.Errorf("hid: %s report %d has no id: %w", direction, i, ErrLayout)
		case r.Len < 2:
			return fmt.Errorf("hid: %s report %d has %d bytes, no room beyond the link control byte: %w", direction, r.ID, r.Len, ErrLayout)
		case i > 0 && r.Len < list[i-1].Len:
			return fmt.Errorf("hid: %s report %d is out of order: %w", direction, r.ID, ErrLayout)
		}
	}
	return nil
}

// Layout lists the reports of both directions.
type Layout struct {
	// Input reports go from the iPhone to the accessory, over the interrupt
	// endpoint.
	Input Reports
	// Output reports go from the accessory to the iPhone, by SET_REPORT.
	Output Reports
}

// HighSpeed is the layout of an iPhone at high speed. The largest output
// report has 255 bytes, the largest input report 767.
//
// Source: oandrew/ipod-gadget (208-byte report descriptor).
func HighSpeed() Layout {
	return Layout{
		Input: Reports{{1, 5}, {2, 9}, {3, 13}, {4, 17}, {5, 25}, {6, 49}, {7, 95}, {8, 193},
			{9, 257}, {10, 385}, {11, 513}, {12, 767}},
		Output: Reports{{13, 5}, {14, 9}, {15, 13}, {16, 17}, {17, 25}, {18, 49}, {19, 95}, {20, 193}, {21, 255}},
	}
}

// FullSpeed is the layout of an iPhone at full speed.
//
// Source: wiomoc/iap2, oandrew/ipod.
func FullSpeed() Layout {
	return Layout{
		Input:  Reports{{1, 12}, {2, 14}, {3, 20}, {4, 63}},
		Output: Reports{{5, 8}, {6, 10}, {7, 14}, {8, 20}, {9, 63}},
	}
}

// Check tells whether both directions can carry link packets. The error wraps
// ErrLayout.
func (l Layout) Check() error {
	if err := l.Input.check("input"); err != nil {
		return err
	}
	if err := l.Output.check("output"); err != nil {
		return err
	}
	return nil
}

// sorted orders reports by length, for layouts that were read.
func sorted(list Reports) Reports {
	slices.SortStableFunc(list, func(a, b Report) int { return a.Len - b.Len })
	return list
}
