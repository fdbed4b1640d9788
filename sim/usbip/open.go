package usbip

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/plugfest/plugfest/internal/unixsocket"
	wire "github.com/plugfest/plugfest/wire/usbip"
)

// Open listens at an address, for [Server.Serve]:
//
//	""                       port 3240 of this machine, for itself alone
//	tcp:127.0.0.1:3240       the same
//	tcp::4000, 4000          another port, for this machine alone
//	tcp:0.0.0.0:3240         every network: whoever reaches it can be its host
//	unix:/run/plugfest.sock  a Unix socket
//
// The word tcp: may be left out. A Unix socket that a server left behind is
// replaced, one that is served is not.
func Open(address string) (net.Listener, error) {
	network, where, err := parse(address)
	if err == nil && network == "unix" {
		err = unixsocket.RemoveStale(where)
	}
	var l net.Listener
	if err == nil {
		l, err = net.Listen(network, where)
	}
	if err != nil {
		return nil, fmt.Errorf("usbip: address %q: %w; want tcp:HOST:PORT or unix:/path", address, err)
	}
	return l, nil
}

// parse cuts an address into what package net wants. What is left out is
// loopback and 3240.
func parse(address string) (network, where string, err error) {
	network, where = "tcp", address
	if word, rest, ok := strings.Cut(address, ":"); ok && (word == "tcp" || word == "unix") {
		network, where = word, rest
	} else if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	if network == "unix" {
		if where == "" {
			err = errors.New("no path")
		}
		return network, where, err
	}
	host, port := "", ""
	switch _, notPort := strconv.ParseUint(where, 10, 16); {
	case where == "":
	case notPort == nil:
		port = where
	default:
		if host, port, err = net.SplitHostPort(where); err != nil {
			host, port, err = strings.Trim(where, "[]"), "", nil
		}
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = strconv.Itoa(wire.Port)
	}
	return network, net.JoinHostPort(host, port), nil
}
