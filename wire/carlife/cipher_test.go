package carlife

import (
	"bytes"
	"crypto/aes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// NIST SP 800-38A appendix F.1: AES in ECB mode. The four blocks of plaintext
// are the same for all key sizes; our Seal adds one block of padding, whose
// ciphertext is checked by the second half of the test.
const nistPlain = "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"

func TestCipherNIST(t *testing.T) {
	tests := []struct{ name, key, want string }{
		{"F.1.1 AES-128", "2b7e151628aed2a6abf7158809cf4f3c",
			"3ad77bb40d7a3660a89ecaf32466ef97 f5d3d58503b9699de785895a96fdbaaf 43b1cd7f598ece23881b00e3ed030688 7b0c785e27e8ad3f8223207104725dd4"},
		{"F.1.3 AES-192", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
			"bd334f1d6e45f25ff712a214571fa5cc 974104846d0ad3ad7734ecb3ecee4eef ef7afd2270e2e60adce0ba2face6444e 9a4b41ba738d6c72fb16691603c18e0e"},
		{"F.1.5 AES-256", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
			"f3eed1bdb5d2a03c064b5a7e3db181f8 591ccb10d410ed26dc5ba74a31362870 b6ed21b99ca6f4f9f153e7b1beafed1d 23304b7a39f9f3ff067d8d8f9e24ecc7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, plain, want := unhex(t, tt.key), unhex(t, nistPlain), unhex(t, tt.want)
			var c Cipher
			require.NoError(t, c.Enable(key))
			got := c.Seal(nil, plain)
			require.Len(t, got, 80)
			assert.Equal(t, want, got[:64])

			block, err := aes.NewCipher(key)
			require.NoError(t, err)
			pad := make([]byte, 16)
			block.Encrypt(pad, bytes.Repeat([]byte{16}, 16))
			assert.Equal(t, pad, got[64:], "a full block of padding")

			back, err := c.Open(nil, got)
			require.NoError(t, err)
			assert.Equal(t, plain, back)
		})
	}
}

// Made with `openssl enc -aes-128-ecb`, which pads the same way.
func TestCipherOpenSSL(t *testing.T) {
	tests := []struct{ plain, want string }{
		{"hello CarLife", "c08ce5942d613a257a0802a0c7ad2943"},
		{"sixteen bytes!!!", "174c39047f2fe690c6ff536e0d42dff1050187a0cde5a9872cbab091ab73e553"},
	}
	var c Cipher
	require.NoError(t, c.Enable([]byte("1234567890123456")))
	for _, tt := range tests {
		got := c.Seal([]byte("head"), []byte(tt.plain))
		assert.Equal(t, append([]byte("head"), unhex(t, tt.want)...), got)
		assert.Equal(t, len(got)-4, c.SealedLen(len(tt.plain)))
		back, err := c.Open([]byte("x"), got[4:])
		require.NoError(t, err)
		assert.Equal(t, "x"+tt.plain, string(back))
	}
}

func TestCipherEmptyStaysEmpty(t *testing.T) {
	var c Cipher
	require.NoError(t, c.Enable([]byte("1234567890123456")))
	assert.Empty(t, c.Seal(nil, nil))
	assert.Zero(t, c.SealedLen(0))
	got, err := c.Open(nil, nil)
	assert.NoError(t, err)
	assert.Empty(t, got)
}

func TestCipherOffPassesThrough(t *testing.T) {
	var c Cipher
	assert.False(t, c.Enabled())
	assert.Equal(t, "abc", string(c.Seal(nil, []byte("abc"))))
	got, err := c.Open(nil, []byte("abc"))
	assert.NoError(t, err)
	assert.Equal(t, "abc", string(got))
	assert.Equal(t, 3, c.SealedLen(3))

	require.NoError(t, c.Enable([]byte("1234567890123456")))
	assert.True(t, c.Enabled())
	c.Disable()
	assert.Equal(t, "abc", string(c.Seal(nil, []byte("abc"))), "clear again after a disconnect")
}

func TestCipherKeySizes(t *testing.T) {
	for n := range 40 {
		var c Cipher
		err := c.Enable(make([]byte, n))
		if n == 16 || n == 24 || n == 32 {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, "want 16, 24 or 32")
		assert.False(t, c.Enabled())
	}
}

func TestCipherRefuses(t *testing.T) {
	var c, other Cipher
	require.NoError(t, c.Enable([]byte("1234567890123456")))
	require.NoError(t, other.Enable([]byte("6543210987654321")))
	block, _ := aes.NewCipher([]byte("1234567890123456"))
	enc := func(last ...byte) []byte {
		b := bytes.Repeat([]byte{0xAB}, 16)
		copy(b[16-len(last):], last)
		block.Encrypt(b, b)
		return b
	}
	tests := []struct {
		name    string
		payload []byte
		is      error
	}{
		{"clear body", []byte{0x08, 1, 0x10, 0}, ErrCipherLength},
		{"clear body of 16", bytes.Repeat([]byte{8}, 16), ErrPadding},
		{"truncated", c.Seal(nil, make([]byte, 40))[:47], ErrCipherLength},
		{"another key", other.Seal(nil, []byte("some payload")), ErrPadding},
		{"padding 0", enc(0), ErrPadding},
		{"padding 17", enc(17), ErrPadding},
		{"padding 2 with a 1", enc(1, 2), ErrPadding},
	}
	for _, tt := range tests {
		got, err := c.Open([]byte("kept"), tt.payload)
		assert.ErrorIs(t, err, tt.is, tt.name)
		assert.Equal(t, "kept", string(got), tt.name)
	}
	got, err := c.Open(nil, enc(2, 2))
	require.NoError(t, err)
	assert.Len(t, got, 14)
}

func TestCipherRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "plain")
		var c Cipher
		if err := c.Enable(key); err != nil {
			t.Fatal(err)
		}
		sealed := c.Seal(nil, plain)
		if len(sealed) != c.SealedLen(len(plain)) || len(sealed)%16 != 0 {
			t.Fatalf("%d bytes for %d", len(sealed), len(plain))
		}
		got, err := c.Open(nil, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%x, %v", got, err)
		}
	})
}

func TestCipherAllocatesNothing(t *testing.T) {
	var c Cipher
	require.NoError(t, c.Enable([]byte("1234567890123456")))
	plain, sealed, opened := make([]byte, 20000), make([]byte, 0, 20100), make([]byte, 0, 20100)
	assert.Zero(t, testing.AllocsPerRun(20, func() {
		sealed = c.Seal(sealed[:0], plain)
		opened, _ = c.Open(opened[:0], sealed)
	}))
	assert.Equal(t, plain, opened)
}
