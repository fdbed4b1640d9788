package testca

import (
	"bytes"

	"github.com/plugfest/plugfest/mfi"
)

// DER contents of the two object identifiers in the wrapper: 1.2.840.113549.1.7.1 (data) and 1.2.840.113549.1.7.2 (signedData).
var (
	oidData       = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01}
	oidSignedData = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02}
)

// MaxCertificateSize is the largest certificate that is looked at, in bytes: the 15 pages of the oldest chip.
const MaxCertificateSize = 15 * mfi.PageSize

// checkForm checks the PKCS#7 wrapper and returns where the X.509 certificate lies in it.
//
//	ContentInfo     SEQUENCE { signedData, [0] SignedData }
//	SignedData      SEQUENCE { version 1, digestAlgorithms SET, contentInfo, certificates [0], crls [1] OPTIONAL, signerInfos SET }
//	contentInfo     SEQUENCE { data }
//	certificates    exactly one
//	signerInfos     empty
func checkForm(blob []byte) (derElement, error) {
	var none derElement
	switch {
	case len(blob) == 0:
		return none, formError(0, "contentInfo", "there are no bytes")
	case len(blob) > MaxCertificateSize:
		return none, formError(0, "contentInfo", "%d bytes, at most %d are looked at", len(blob), MaxCertificateSize)
	}
	r := &derReader{all: blob, end: len(blob)}
	outer, err := r.want(tagSequence, "contentInfo")
	if err != nil {
		return none, err
	}
	if err := r.done("contentInfo"); err != nil {
		return none, err
	}
	in := r.inside(outer)
	if in.peek() == tagSequence {
		return none, formError(in.at, "contentInfo.contentType", "found SEQUENCE, want OBJECT IDENTIFIER: "+
			"this looks like a bare X.509 certificate, send the PKCS#7 signedData around it")
	}
	if err := in.wantOID(oidSignedData, "contentInfo.contentType"); err != nil {
		return none, err
	}
	wrap, err := in.want(tagContext0, "contentInfo.content")
	if err != nil {
		return none, err
	}
	if err := in.done("contentInfo"); err != nil {
		return none, err
	}
	content := in.inside(wrap)
	signed, err := content.want(tagSequence, "signedData")
	if err != nil {
		return none, err
	}
	if err := content.done("contentInfo.content"); err != nil {
		return none, err
	}
	return content.inside(signed).signedData()
}

func (r *derReader) signedData() (cert derElement, err error) {
	version, err := r.want(tagInteger, "signedData.version")
	if err != nil {
		return cert, err
	}
	if v := r.all[version.start:version.end]; !bytes.Equal(v, []byte{1}) {
		return cert, formError(version.start, "signedData.version", "is % X, want 01", v)
	}
	if err := r.nest(tagSet, "signedData.digestAlgorithms"); err != nil {
		return cert, err
	}
	info, err := r.want(tagSequence, "signedData.contentInfo")
	if err != nil {
		return cert, err
	}
	in := r.inside(info)
	if err := in.wantOID(oidData, "signedData.contentInfo.contentType"); err != nil {
		return cert, err
	}
	if err := in.done("signedData.contentInfo"); err != nil {
		return cert, err
	}
	if cert, err = r.certificates(); err != nil {
		return cert, err
	}
	if r.peek() == tagContext1 {
		if err := r.nest(tagContext1, "signedData.crls"); err != nil {
			return cert, err
		}
	}
	signers, err := r.want(tagSet, "signedData.signerInfos")
	if err != nil {
		return cert, err
	}
	if signers.start != signers.end {
		return cert, formError(signers.head, "signedData.signerInfos", "has %d bytes, want none", signers.end-signers.start)
	}
	return cert, r.done("signedData")
}

// certificates wants exactly one. Source: WACResearch refuses anything else.
func (r *derReader) certificates() (cert derElement, err error) {
	set, err := r.want(tagContext0, "signedData.certificates")
	if err != nil {
		return cert, err
	}
	in := r.inside(set)
	if in.empty() {
		return cert, formError(set.start, "signedData.certificates", "holds none, want exactly one")
	}
	if cert, err = in.want(tagSequence, "signedData.certificates[0]"); err != nil {
		return cert, err
	}
	if !in.empty() {
		return cert, formError(in.at, "signedData.certificates", "holds more than one certificate, want exactly one")
	}
	return cert, in.inside(cert).checkNesting("signedData.certificates[0]", 1)
}

func (r *derReader) wantOID(oid []byte, field string) error {
	e, err := r.want(tagOID, field)
	if err != nil {
		return err
	}
	if got := r.all[e.start:e.end]; !bytes.Equal(got, oid) {
		return formError(e.start, field, "is % X, want % X", got, oid)
	}
	return nil
}
