// Package bench sets up what a scenario speaks of: a simulated phone, a
// simulated head unit with its authentication chip, and the cable between
// them, all in one world.
package bench
