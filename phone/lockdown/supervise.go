package lockdown

import (
	"bytes"

	"github.com/smallstep/pkcs7"

	wire "github.com/plugfest/plugfest/wire/lockdown"
)

// supervise lets the organisation that supervises the phone pair without the user.
//
//	-> Pair {PairRecord, PairingOptions {SupervisorCertificate}}
//	<- Error MCChallengeRequired, ExtendedResponse {PairingChallenge}
//	-> Pair {PairRecord, PairingOptions {ChallengeResponse}}
//	<- EscrowBag
//
// The response is PKCS#7 over the challenge, signed with the supervisor's key.
// Source: go-ios.
func (c *conn) supervise(r *request, reply map[string]any) (policy bool, err error) {
	supervisor := c.phone.Supervisor()
	if supervisor == nil {
		return false, nil
	}
	options, _ := r.Dict["PairingOptions"].(map[string]any)
	if response, ok := options["ChallengeResponse"].([]byte); ok {
		if !c.signed(response, supervisor) {
			return false, wire.MCProtected
		}
		c.challenge = nil
		return true, nil
	}
	if cert, ok := options["SupervisorCertificate"].([]byte); ok && bytes.Equal(cert, supervisor) {
		if c.challenge == nil {
			c.challenge = c.phone.NewChallenge()
		}
		reply["ExtendedResponse"] = map[string]any{"PairingChallenge": c.challenge}
		return false, wire.MCChallengeRequired
	}
	if c.phone.PairingOff() {
		return false, wire.MCProtected
	}
	return false, nil
}

// signed reports whether a response is over our challenge, by the supervisor.
func (c *conn) signed(response, supervisor []byte) bool {
	if c.challenge == nil {
		return false
	}
	p7, err := pkcs7.Parse(response)
	if err != nil {
		return false
	}
	if len(p7.Content) == 0 {
		p7.Content = c.challenge
	}
	signer := p7.GetOnlySigner()
	return signer != nil && bytes.Equal(signer.Raw, supervisor) && bytes.Equal(p7.Content, c.challenge) && p7.Verify() == nil
}
