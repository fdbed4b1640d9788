//go:build !race

package lockdown_test

// raced says that the race detector is in, which takes memory of its own.
const raced = false
