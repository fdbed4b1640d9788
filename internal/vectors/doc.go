// Package vectors holds a test and nothing else: that no byte vector lies about
// unused.
package vectors
