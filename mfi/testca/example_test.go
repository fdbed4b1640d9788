package testca_test

import (
	"errors"
	"fmt"

	"github.com/plugfest/plugfest/mfi"
	"github.com/plugfest/plugfest/mfi/testca"
)

// A phone asks for the certificate, learns from it how long the challenge has to be, and judges the response.
func Example() {
	accessory := testca.Test().MustIssue(mfi.Gen30, 1)

	var phone testca.Verifier
	certificate, err := phone.Certificate(accessory.Certificate())
	fmt.Println(certificate.Generation, certificate.ChallengeSize(), err)

	challenge := make([]byte, certificate.ChallengeSize())
	response, _ := accessory.Sign(challenge)
	fmt.Println(len(response), phone.Response(certificate, challenge, response))
	// Output:
	// 3.0 32 <nil>
	// 64 <nil>
}

// A well-known mistake: the accessory sends the X.509 certificate without its PKCS#7 wrapper.
func ExampleFormError() {
	accessory := testca.Test().MustIssue(mfi.Gen20, 1)
	err := testca.Verifier{}.VerifyCertificate(accessory.X509())

	var form *testca.FormError
	if errors.As(err, &form) {
		fmt.Println(form.Field, form.Offset)
	}
	// Output: contentInfo.contentType 4
}
