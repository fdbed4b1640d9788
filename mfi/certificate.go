package mfi

import "fmt"

// CertificateStyle is a way to read the certificate pages. Real chips serve all four, and simulated ones must.
type CertificateStyle uint8

// The styles, each with the projects that read this way.
const (
	// PageByPage writes the pointer for each page of 128 bytes (HomeKitADK, redline-labs/digital_dashboard, SparkFun).
	PageByPage CertificateStyle = iota
	// WholeRead writes the pointer once and reads the whole length in one transaction (wiomoc/iap2, LIVI).
	WholeRead
	// Continued writes the pointer once and reads 128 bytes at a time (a GPL Linux driver).
	Continued
	// Chunked writes the pointer once and reads Options.ChunkSize bytes at a time (WACResearch, whose adapter reads 33).
	Chunked
)

// minCertificate is the smallest length worth reading: an outermost DER header and something in it.
const minCertificate = 5

// Certificate reads the accessory certificate: DER PKCS#7 signedData without signers that holds one X.509 certificate, 607 to 609
// bytes on the 3.0, mostly 908 on the 2.0C.
//
// It fails with ErrCertificate when the length register or the outermost DER header is wrong; it does not look deeper.
func (c *Coprocessor) Certificate() ([]byte, error) {
	s := step{op: "certificate", name: "read length", reg: RegCertificateLength}
	length, err := c.readUint16(s)
	if err != nil {
		return nil, err
	}
	if limit := c.gen.MaxCertificateSize(); length < minCertificate || length > limit {
		return nil, c.fail(s, ErrCertificate, fmt.Sprintf("got %d bytes, want %d to %d", length, minCertificate, limit),
			"run the self test; a chip without a certificate cannot be used")
	}
	blob := make([]byte, length)
	if err := c.readPages(blob); err != nil {
		return nil, err
	}
	s = step{op: "certificate", name: "check DER header", reg: RegCertificate}
	if want, ok := derLength(blob); !ok || want != length {
		return nil, c.fail(s, ErrCertificate, fmt.Sprintf("starts with % X in %d bytes, want 30 82 and the length", blob[:4], length),
			"read it once more; if it stays so the chip's certificate is broken")
	}
	return blob, nil
}

func (c *Coprocessor) readPages(blob []byte) error {
	size := PageSize
	switch c.opts.Style {
	case WholeRead:
		size = len(blob)
	case Chunked:
		size = c.opts.ChunkSize
	}
	for at := 0; at < len(blob); at += size {
		part := blob[at:min(at+size, len(blob))]
		s := step{op: "certificate", name: fmt.Sprintf("read bytes %d to %d", at, at+len(part)-1), reg: RegCertificate + Register(at/PageSize)}
		read := c.readMore
		if at == 0 || c.opts.Style == PageByPage {
			read = c.read
		}
		if err := read(s, part); err != nil {
			return err
		}
	}
	return nil
}

// derLength is the size that a DER SEQUENCE announces, its own header included.
func derLength(b []byte) (int, bool) {
	switch {
	case b[0] != 0x30:
		return 0, false
	case b[1] < 0x80:
		return 2 + int(b[1]), true
	case b[1] == 0x81:
		return 3 + int(b[2]), true
	case b[1] == 0x82:
		return 4 + int(b[2])<<8 + int(b[3]), true
	}
	return 0, false
}
