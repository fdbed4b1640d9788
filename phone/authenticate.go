package phone

import (
	"fmt"

	"github.com/plugfest/plugfest/wire/iap2/control"
)

// authenticate asks the accessory for its certificate and has it sign a
// challenge: AA00 to AA05. After AA04 nothing more is said.
func (a *accessory) authenticate() error {
	if a.p.p.Auth.Skip {
		a.authenticated = true
		return nil
	}
	t := a.p.p.Timing
	if err := a.send("RequestAuthenticationCertificate"); err != nil {
		return err
	}
	m, err := a.expect(t.Authenticate, control.MsgAuthenticationCertificate)
	if err != nil {
		return a.refuse(err)
	}
	cert, err := m.Params.Find(0).Blob()
	if err != nil {
		return a.refuse(err)
	}
	a.p.sleep(t.Certificate)
	judge, err := a.p.examine(cert)
	if err == nil && a.p.p.Auth.FailAt == "certificate" {
		err = fmt.Errorf("phone: this persona refuses every certificate")
	}
	if err != nil {
		return a.refuse(err)
	}

	challenge := make([]byte, judge.challengeSize())
	a.p.bytes.Read(challenge)
	if err := a.send("RequestAuthenticationChallengeResponse", control.F("Challenge", challenge)); err != nil {
		return err
	}
	m, err = a.expect(t.Authenticate, control.MsgAuthenticationResponse)
	if err != nil {
		return a.refuse(err)
	}
	response, err := m.Params.Find(0).Blob()
	if err != nil {
		return a.refuse(err)
	}
	a.p.sleep(t.Response)
	err = judge.check(challenge, response)
	if err == nil && a.p.p.Auth.FailAt == "response" {
		err = fmt.Errorf("phone: this persona refuses every response")
	}
	if err != nil {
		return a.refuse(err)
	}
	a.authenticated = true
	a.p.state("authenticated")
	return a.send("AuthenticationSucceeded")
}

// refuse says AA04, unless the link itself is what failed.
func (a *accessory) refuse(why error) error {
	if !a.s.Up() {
		return why
	}
	if err := a.send("AuthenticationFailed"); err != nil {
		return err
	}
	return fmt.Errorf("authentication failed: %w", why)
}
