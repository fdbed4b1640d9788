package plisttest_test

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/plist"
	"github.com/plugfest/plugfest/wire/plist/plisttest"
)

// A few hundred bytes that would expand to two to the 48th values are refused.
func Example() {
	doc := plisttest.Shared(48, 2)
	_, err := plist.Decode(doc, plist.Limits{})
	fmt.Println(len(doc) < 1000, err != nil)
	// Output: true true
}
