// Package capture has observers that keep what a scenario saw: captures that
// Wireshark opens, and ladder diagrams.
package capture
