package state_test

import (
	"fmt"

	"github.com/plugfest/plugfest/phone/state"
	"github.com/plugfest/plugfest/sim"
)

// A phone whose user takes their time over the trust dialog.
func Example() {
	w := sim.New()
	phone, err := state.New(w, "phone", state.Options{
		ProductType:    "iPhone14,5",
		ProductVersion: "17.5.1",
		User:           state.User{Answer: state.AnswerNone},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(phone.Value("", "HardwareModel"), phone.Value("", "BuildVersion"))
	desk := state.Host{HostID: "1", SystemBUID: "desk"}
	_, err = phone.Pair(desk, false)
	fmt.Println(err)
	phone.Trust()
	_, err = phone.Pair(desk, false)
	fmt.Println(err, phone.Attitude("desk"))
	// Output:
	// D17AP 21F90
	// PairingDialogResponsePending
	// <nil> trusted
}
