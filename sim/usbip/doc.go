// Package usbip carries USB over a network, as USB/IP does.
package usbip
