// Package acceptance holds the tests that put the simulated phone, head unit and
// chip before programs and drivers which we did not write, under a real kernel:
// they boot guests of [github.com/plugfest/plugfest/hil/lab]. It has no code of
// its own.
package acceptance
