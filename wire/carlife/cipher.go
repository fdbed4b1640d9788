package carlife

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// Errors of [Cipher.Open]. Both mean that the peer sent a clear body, or
// encrypted with another key.
var (
	// ErrCipherLength: not a multiple of 16 bytes.
	ErrCipherLength = errors.New("carlife: encrypted payload is not a multiple of 16 bytes (clear body, or truncated?)")
	// ErrPadding: the PKCS#5 padding is wrong after decryption.
	ErrPadding = errors.New("carlife: wrong padding after decryption (clear body, or another key?)")
)

// Cipher is the content encryption of one direction: AES in ECB mode with
// PKCS#5 padding, each payload by itself. Headers stay clear, their length is
// that of the ciphertext, and an empty payload stays empty.
//
// The zero value is off and passes payloads through. ECB is no choice of ours:
// it is what plain "AES" names in the head-unit application's Java.
//
// Source: Baidu CarLife head-unit application; the C++ library has none.
type Cipher struct{ block cipher.Block }

// Enable switches encryption on. The key is the text that the phone sent: 16
// characters make AES-128; 24 and 32 are taken too, as Java would.
func (c *Cipher) Enable(key []byte) error {
	b, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("carlife: AES key of %d bytes: want 16, 24 or 32", len(key))
	}
	c.block = b
	return nil
}

// Disable switches encryption off, as a disconnect does.
func (c *Cipher) Disable() { c.block = nil }

// Enabled reports whether encryption is on.
func (c *Cipher) Enabled() bool { return c.block != nil }

// SealedLen returns the size of an n-byte payload after Seal.
func (c *Cipher) SealedLen(n int) int {
	if c.block == nil || n == 0 {
		return n
	}
	return n - n%aes.BlockSize + aes.BlockSize
}

// Seal appends the encrypted payload to dst; dst and payload must not overlap.
func (c *Cipher) Seal(dst, payload []byte) []byte {
	if c.block == nil || len(payload) == 0 {
		return append(dst, payload...)
	}
	at := len(dst)
	dst = append(dst, payload...)
	pad := byte(aes.BlockSize - len(payload)%aes.BlockSize)
	for range pad {
		dst = append(dst, pad)
	}
	for b := dst[at:]; len(b) > 0; b = b[aes.BlockSize:] {
		c.block.Encrypt(b[:aes.BlockSize], b[:aes.BlockSize])
	}
	return dst
}

// Open appends the decrypted payload to dst; dst and payload must not overlap.
// On error dst comes back unchanged.
func (c *Cipher) Open(dst, payload []byte) ([]byte, error) {
	if c.block == nil || len(payload) == 0 {
		return append(dst, payload...), nil
	}
	if len(payload)%aes.BlockSize != 0 {
		return dst, fmt.Errorf("%w: %d bytes", ErrCipherLength, len(payload))
	}
	at := len(dst)
	out := append(dst, payload...)
	for b := out[at:]; len(b) > 0; b = b[aes.BlockSize:] {
		c.block.Decrypt(b[:aes.BlockSize], b[:aes.BlockSize])
	}
	pad := int(out[len(out)-1])
	if pad == 0 || pad > aes.BlockSize {
		return dst, fmt.Errorf("%w: last byte %#02x of %d", ErrPadding, pad, len(payload))
	}
	for _, b := range out[len(out)-pad:] {
		if int(b) != pad {
			return dst, fmt.Errorf("%w: byte %#02x among %d of padding", ErrPadding, b, pad)
		}
	}
	return out[:len(out)-pad], nil
}
