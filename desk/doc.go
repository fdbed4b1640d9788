// Package desk is an iPhone on the desk: a simulated phone on a cable, plugged
// into a computer whose usbmuxd is ours. Host tools reach it over a socket and
// find what they would find with a real one.
//
// [New] sets one up in any world, for tests in virtual time. [Start] runs one on
// the machine's clock, with a socket for programs that we did not write:
//
//	d, err := desk.Start(desk.Options{})
//	defer d.Close()
//	cmd := exec.Command("ideviceinfo")
//	cmd.Env = append(os.Environ(), d.Environment())
//
// Package phonetest does that in one line of a test.
package desk
