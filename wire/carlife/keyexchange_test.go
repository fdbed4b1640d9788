package carlife

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTestKeyIsMarked(t *testing.T) {
	assert.True(t, strings.HasPrefix(testKeyPEM, "PLUGFEST TEST KEY, NOT A SECRET\n"))
	assert.Equal(t, 2048, TestKey().N.BitLen())
	assert.NoError(t, TestKey().Validate())
	assert.Same(t, TestKey(), TestKey())
}

func TestPublicKeyText(t *testing.T) {
	text, err := PublicKeyText(&TestKey().PublicKey)
	require.NoError(t, err)
	assert.NotContains(t, text, "\n")
	// SEQUENCE, SEQUENCE { rsaEncryption, NULL }, BIT STRING of a 2048-bit key:
	// what Java's PublicKey.getEncoded gives for any such key.
	assert.True(t, strings.HasPrefix(text, "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"))
	pub, err := ParsePublicKeyText(text)
	require.NoError(t, err)
	assert.True(t, TestKey().PublicKey.Equal(pub))
	pub, err = ParsePublicKeyText(text[:76] + "\n" + text[76:])
	require.NoError(t, err)
	assert.True(t, TestKey().PublicKey.Equal(pub), "line breaks are ignored")
}

func TestParsePublicKeyTextRefuses(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	require.NoError(t, err)
	huge, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 5000), E: 65537})
	require.NoError(t, err)
	tests := []struct{ name, text, want string }{
		{"no Base64", "***", "carlife: public key: illegal base64"},
		{"no DER", "AAAA", "carlife: public key: asn1"},
		{"empty", "", "carlife: public key: asn1"},
		{"elliptic curve", base64.StdEncoding.EncodeToString(der), "want RSA"},
		{"5001 bits", base64.StdEncoding.EncodeToString(huge), "public key of 5001 bits: over 4096"},
	}
	for _, tt := range tests {
		_, err := ParsePublicKeyText(tt.text)
		assert.ErrorContains(t, err, tt.want, tt.name)
	}
}

// What WrapKey builds by hand, the standard library takes apart.
func TestWrapKey(t *testing.T) {
	pub := &TestKey().PublicKey
	for _, key := range []string{"1234567890123456", "k", strings.Repeat("x", 245)} {
		text, err := WrapKey(mrand.NewChaCha8([32]byte{1}), pub, []byte(key))
		require.NoError(t, err)
		assert.Len(t, text, 344, "256 bytes in Base64")
		got, err := UnwrapKey(TestKey(), text)
		require.NoError(t, err)
		assert.Equal(t, key, string(got))
	}
	_, err := WrapKey(mrand.NewChaCha8([32]byte{}), pub, make([]byte, 246))
	assert.ErrorContains(t, err, "at most 245")
}

func TestWrapKeyIsDeterministic(t *testing.T) {
	wrap := func(seed byte) string {
		s, err := WrapKey(mrand.NewChaCha8([32]byte{seed}), &TestKey().PublicKey, []byte("1234567890123456"))
		require.NoError(t, err)
		return s
	}
	assert.Equal(t, wrap(1), wrap(1))
	assert.NotEqual(t, wrap(1), wrap(2))
}

// zeros gives zero bytes for ever, but for every n-th.
type zeros struct{ n, i int }

func (z *zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0
		if z.i++; z.n > 0 && z.i%z.n == 0 {
			p[i] = 0x55
		}
	}
	return len(p), nil
}

func TestWrapKeySkipsZeroPadding(t *testing.T) {
	pub, key := &TestKey().PublicKey, []byte("1234567890123456")
	text, err := WrapKey(&zeros{n: 3}, pub, key)
	require.NoError(t, err)
	got, err := UnwrapKey(TestKey(), text)
	require.NoError(t, err)
	assert.Equal(t, key, got)

	_, err = WrapKey(&zeros{}, pub, key)
	assert.ErrorIs(t, err, errNoRandom)
	_, err = WrapKey(bytes.NewReader([]byte{1, 2}), pub, key)
	assert.ErrorIs(t, err, io.EOF)
}

func TestUnwrapKeyRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no Base64": "***", "empty": "", "short": "AAAA",
		"not ours": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x11}, 256)),
	} {
		_, err := UnwrapKey(TestKey(), text)
		assert.ErrorContains(t, err, "carlife: AES key", name)
	}
}

func TestKeyText(t *testing.T) {
	key, err := keyText(mrand.NewChaCha8([32]byte{7}))
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9A-Za-z_-]{16}$`, string(key))
	again, _ := keyText(mrand.NewChaCha8([32]byte{7}))
	assert.Equal(t, key, again)
	_, err = keyText(strings.NewReader("short"))
	assert.True(t, errors.Is(err, io.ErrUnexpectedEOF))
}
