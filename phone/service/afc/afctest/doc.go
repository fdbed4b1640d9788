// Package afctest has a client of AFC, for tests of the service and of what
// stands between: [New] takes any connection, in a world or a socket.
//
// Methods wait for their reply. A status other than success comes as an
// [*Error], which wraps the [afc.Status].
package afctest
