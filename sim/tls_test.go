package sim_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plugfest/plugfest/sim"
)

// certificate makes a self-signed certificate, valid for a day from Epoch, whose
// bytes depend on the world's seed alone.
func certificate(t *testing.T, w *sim.World) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	_, _ = w.Bytes("key").Read(seed)
	key := ed25519.NewKeyFromSeed(seed)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Plugfest test"},
		DNSNames:              []string{"phone.test"},
		NotBefore:             sim.Epoch,
		NotAfter:              sim.Epoch.Add(24 * time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// tap notes the time and length of each write.
type tap struct {
	net.Conn
	w   *sim.World
	who string
	log *[]string
}

func (c tap) Write(p []byte) (int, error) {
	*c.log = append(*c.log, fmt.Sprintf("%v %s %d", c.w.Now(), c.who, len(p)))
	return c.Conn.Write(p)
}

// tlsSession has a client and a server talk over a link with latency, and
// returns the lengths of what was written.
func tlsSession(t *testing.T, seed uint64) (log []string, w *sim.World) {
	t.Helper()
	w = sim.New(sim.Seed(seed))
	cert, pool := certificate(t, w)
	slow := sim.Impairments{Latency: 5 * ms}
	l := w.Link("usb", slow, slow)
	w.Go("server", func() {
		c := tls.Server(tap{l.B, w, "server", &log}, &tls.Config{Certificates: []tls.Certificate{cert}, Time: w.Time})
		_, err := io.Copy(c, c) // echo
		require.NoError(t, err)
		require.NoError(t, c.Close())
	})
	run(t, w, func() {
		c := tls.Client(tap{l.A, w, "client", &log}, &tls.Config{RootCAs: pool, ServerName: "phone.test", Time: w.Time})
		require.NoError(t, c.Handshake())
		require.Equal(t, 10*ms, w.Now(), "one round trip")
		data := bytes.Repeat([]byte("plugfest"), 10_000)
		w.Go("sender", func() {
			_, err := c.Write(data)
			require.NoError(t, err)
			require.NoError(t, c.CloseWrite())
		})
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, data, got)
		w.Sleep(time.Second)
	})
	return log, w
}

// crypto/tls works unchanged, and leaves the same trace with the same seed.
func TestTLSInsideAWorld(t *testing.T) {
	log, w := tlsSession(t, 3)
	again, w2 := tlsSession(t, 3)
	require.Equal(t, log, again)
	require.Equal(t, w.Handovers(), w2.Handovers())
	require.True(t, strings.HasPrefix(log[0], "0s client "), log[0])
	require.True(t, strings.HasPrefix(log[1], "5ms server "), log[1])
}

// The calendar of the world is what certificates are checked against.
func TestTLSCertificateExpiresOnTheWorldsCalendar(t *testing.T) {
	w := sim.New()
	cert, pool := certificate(t, w)
	handshake := func() error {
		a, b := w.Pipe("p")
		w.Go("server", func() {
			_ = tls.Server(b, &tls.Config{Certificates: []tls.Certificate{cert}, Time: w.Time}).Handshake()
			_ = b.Close()
		})
		return tls.Client(a, &tls.Config{RootCAs: pool, ServerName: "phone.test", Time: w.Time}).Handshake()
	}
	run(t, w, func() {
		require.NoError(t, handshake())
		w.Sleep(25 * time.Hour)
		require.ErrorContains(t, handshake(), "expired")
	})
}

// A handshake whose peer is silent ends at its deadline, on the world's clock.
func TestTLSHandshakeDeadline(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, _ := w.Pipe("p")
		_ = a.SetDeadline(w.Time().Add(30 * time.Second))
		err := tls.Client(a, &tls.Config{ServerName: "phone.test"}).Handshake()
		var ne net.Error
		require.ErrorAs(t, err, &ne)
		require.True(t, ne.Timeout())
		require.Equal(t, 30*time.Second, w.Now())
	})
}

// The message types of net/http work over a pipe, too.
func TestHTTPInsideAWorld(t *testing.T) {
	w := sim.New()
	run(t, w, func() {
		a, b := w.Pipe("http")
		w.Go("server", func() {
			r := bufio.NewReader(b)
			for {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				body, err := io.ReadAll(req.Body)
				require.NoError(t, err)
				w.Sleep(20 * ms)
				answer := strings.ToUpper(string(body))
				resp := http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(answer)), Body: io.NopCloser(strings.NewReader(answer))}
				require.NoError(t, resp.Write(b))
			}
		})
		r := bufio.NewReader(a)
		for i := range 3 {
			req, err := http.NewRequest("POST", "http://phone.test/shout", strings.NewReader(fmt.Sprint("hello ", i)))
			require.NoError(t, err)
			require.NoError(t, req.Write(a))
			resp, err := http.ReadResponse(r, req)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint("HELLO ", i), string(body))
		}
		require.Equal(t, 60*ms, w.Now())
	})
}
