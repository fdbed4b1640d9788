// Package lockdowntest is a computer for tests of a simulated iPhone: it connects to
// the ports of a phone in a world, pairs, starts sessions and services, and speaks
// their property lists.
//
//	host := lockdowntest.NewHost("desk")
//	c, err := lockdowntest.Connect(server)
//	err = c.Pair(host)
//	err = c.StartSession(host)
//	name, err := c.Value("", "DeviceName")
//	s, err := c.StartService("com.apple.mobile.heartbeat")
package lockdowntest
