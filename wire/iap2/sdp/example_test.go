package sdp_test

import (
	"fmt"
	"slices"

	"github.com/plugfest/plugfest/wire/iap2/sdp"
)

// The service class of a headset's record is none of an accessory with iAP2.
func Example() {
	services := []string{"0000111e-0000-1000-8000-00805f9b34fb", "00000000-deca-fade-deca-deafdecacaff"}
	fmt.Println(slices.Index(services, sdp.Accessory))
	// Output: 1
}
