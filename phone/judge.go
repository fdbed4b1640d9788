package phone

import (
	"github.com/plugfest/plugfest/mfi/testca"
)

// judge is what a phone makes of one certificate.
type judge struct {
	verifier testca.Verifier
	cert     *testca.Certificate // nil: nothing is looked at
}

// policies are the ways to look at a certificate, by the persona's name for them.
var policies = map[string]testca.Policy{
	"test-ca":   testca.CheckChain,
	"signature": testca.CheckSignature,
	"any":       testca.AcceptWellFormed,
}

// examine judges the certificate of AA01 as the persona says.
func (p *Phone) examine(blob []byte) (*judge, error) {
	if p.p.Auth.Accept == "anything" {
		return &judge{}, nil
	}
	v := testca.Verifier{Policy: policies[p.p.Auth.Accept]}
	cert, err := v.Certificate(blob)
	if err != nil {
		return nil, err
	}
	return &judge{verifier: v, cert: cert}, nil
}

// challengeSize is the size of the challenge in bytes: the key of the
// certificate decides, as nothing else tells the chip's generation.
func (j *judge) challengeSize() int {
	if j.cert == nil {
		return 32 // that of chip 3.0
	}
	return j.cert.ChallengeSize()
}

// check judges the signature of AA03.
func (j *judge) check(challenge, response []byte) error {
	if j.cert == nil {
		return nil
	}
	return j.verifier.Response(j.cert, challenge, response)
}
