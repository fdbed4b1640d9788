package carlife

import (
	"crypto/rsa"

	pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"
)

// Observer reads a session from the side, for captures and ladders. It is
// handed every message of both ends in order and opens encrypted bodies, which
// it can because it holds the head unit's RSA key: [TestKey] for simulated ones.
type Observer struct {
	key    *rsa.PrivateKey
	aes    []byte
	hu, md Cipher
}

// NewObserver returns an observer with the head unit's key pair. With a nil key
// encrypted bodies stay closed.
func NewObserver(key *rsa.PrivateKey) *Observer { return &Observer{key: key} }

// Open returns m with its payload in the clear. The payload is m's own unless
// it was encrypted. An error means that it does not open, and m comes back as it
// was; the observer goes on.
//
// The phone's bodies are encrypted after MD_AES_KEY_SEND_REQUEST, the head
// unit's after HU_AES_REC_RESPONSE.
func (o *Observer) Open(from Sender, m Message) (Message, error) {
	c := &o.md
	if from == FromHU {
		c = &o.hu
	}
	if c.Enabled() && len(m.Payload) > 0 {
		b, err := c.Open(nil, m.Payload)
		if err != nil {
			return m, err
		}
		m.Payload = b
	}
	switch {
	case m.ID == MsgMDAESKeySendRequest && from == FromMD && o.key != nil:
		body, err := Decode(m, ProfileHUApp)
		if err != nil {
			return m, err
		}
		if o.aes, err = UnwrapKey(o.key, body.(*pb.CarlifeMdAesKeyRequest).GetAesKey()); err != nil {
			return m, err
		}
		return m, o.md.Enable(o.aes)
	case m.ID == MsgHUAESRecResponse && from == FromHU && o.aes != nil:
		return m, o.hu.Enable(o.aes)
	}
	return m, nil
}

// Reset forgets the key, as a new connection does.
func (o *Observer) Reset() { *o = Observer{key: o.key} }
