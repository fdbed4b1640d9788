// Package rooms holds the test that keeps the project's imports pointing
// downwards. It has no code of its own.
package rooms
