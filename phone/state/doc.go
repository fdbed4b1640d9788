// Package state is what a simulated iPhone knows and remembers, as its host can see
// it: the values that lockdownd gives out, who is trusted, whether it is
// locked, which apps and profiles are installed, what is logged.
//
// lockdownd and the services below it read and change a [State]; a test changes it
// from the other side, as the user of the phone would:
//
//	s.Lock()
//	s.Trust()
//
// What differs between models and versions of iOS is data, in YAML, embedded here:
// a [Library] holds it, and many phones share one.
package state
