package service_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/plugfest/plugfest/phone/service"
	"github.com/plugfest/plugfest/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const second = time.Second

func run(t testing.TB, w *sim.World, main func()) {
	t.Helper()
	require.NoError(t, w.Run(main))
}

// secure makes both ends of a TLS connection over a pipe with small buffers.
func secure(t testing.TB, w *sim.World) (client, server *service.TLS, raw net.Conn) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: sim.Epoch, NotAfter: sim.Epoch.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	a, b := w.PipeSize("usbmux", 8<<10)
	client = service.NewTLS(w, a, func(c net.Conn) *tls.Conn {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true, Time: w.Time})
	})
	server = service.NewTLS(w, b, func(c net.Conn) *tls.Conn {
		return tls.Server(c, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, SessionTicketsDisabled: true, Time: w.Time})
	})
	return client, server, a
}

// shake does the handshake of both ends.
func shake(t testing.TB, w *sim.World, client, server *service.TLS) {
	t.Helper()
	w.Go("server handshake", func() { require.NoError(t, server.Handshake()) })
	require.NoError(t, client.Handshake())
	w.Sleep(1)
}
