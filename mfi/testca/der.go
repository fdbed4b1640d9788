package testca

import (
	"errors"
	"fmt"
)

// ErrForm is the error of a certificate that does not have the form of an MFi certificate. The error chain holds a [*FormError].
var ErrForm = errors.New("malformed certificate")

// FormError says where a certificate departs from its form.
type FormError struct {
	Offset int    // in bytes from the start of the PKCS#7 certificate
	Field  string // such as "signedData.signerInfos"
	Reason string // what is wrong, with the value
}

// Error is one line of text.
func (e *FormError) Error() string {
	return fmt.Sprintf("testca: %v: %s at offset %d: %s", ErrForm, e.Field, e.Offset, e.Reason)
}

// Unwrap gives [ErrForm].
func (e *FormError) Unwrap() error { return ErrForm }

func formError(offset int, field, format string, args ...any) error {
	return &FormError{Offset: offset, Field: field, Reason: fmt.Sprintf(format, args...)}
}

// The DER tags that occur here.
const (
	tagInteger     = 0x02
	tagOID         = 0x06
	tagSequence    = 0x30
	tagSet         = 0x31
	tagConstructed = 0x20
	tagContext0    = 0xA0
	tagContext1    = 0xA1
)

var tagNames = map[byte]string{
	tagInteger: "INTEGER", tagOID: "OBJECT IDENTIFIER", tagSequence: "SEQUENCE", tagSet: "SET", tagContext0: "[0]", tagContext1: "[1]",
}

func tagName(tag byte) string {
	if name, ok := tagNames[tag]; ok {
		return name
	}
	return fmt.Sprintf("tag 0x%02X", tag)
}

// derReader walks over DER elements and knows its offset in the whole. It exists because encoding/asn1 does not tell offsets.
type derReader struct {
	all     []byte
	at, end int
}

// derElement is a tag and the place of its header and content.
type derElement struct {
	tag              byte
	head, start, end int
}

func (r *derReader) empty() bool { return r.at >= r.end }

// peek is the next tag, 0 at the end.
func (r *derReader) peek() byte {
	if r.empty() {
		return 0
	}
	return r.all[r.at]
}

// inside is a reader of an element's content.
func (r *derReader) inside(e derElement) *derReader {
	return &derReader{all: r.all, at: e.start, end: e.end}
}

// next reads one element. It holds the length to the strict form of DER: definite, in the fewest bytes, within what is there.
func (r *derReader) next(field string) (derElement, error) {
	e := derElement{head: r.at}
	if r.end-r.at < 2 {
		return e, formError(r.at, field, "%d bytes are left, a header needs 2", r.end-r.at)
	}
	e.tag = r.all[r.at]
	if e.tag&0x1F == 0x1F {
		return e, formError(r.at, field, "tag 0x%02X is in the long form, which nothing here needs", e.tag)
	}
	length, size, err := r.length(field)
	if err != nil {
		return e, err
	}
	e.start = r.at + 1 + size
	if length > r.end-e.start {
		return e, formError(r.at+1, field, "length is %d, but %d bytes are left", length, r.end-e.start)
	}
	e.end = e.start + length
	r.at = e.end
	return e, nil
}

// length reads the length field at offset 1 of the element and says how many bytes it takes.
func (r *derReader) length(field string) (length, size int, err error) {
	at := r.at + 1
	first := r.all[at]
	switch {
	case first < 0x80:
		return int(first), 1, nil
	case first == 0x80:
		return 0, 0, formError(at, field, "length is indefinite (0x80), DER wants it definite")
	case first > 0x83:
		return 0, 0, formError(at, field, "length 0x%02X has %d bytes, more than any certificate needs", first, first&0x7F)
	}
	size = int(first&0x7F) + 1
	if r.end-at < size {
		return 0, 0, formError(at, field, "length is cut off")
	}
	for _, b := range r.all[at+1 : at+size] {
		length = length<<8 | int(b)
	}
	if length < 0x80 || length < 1<<(8*(size-2)) {
		return 0, 0, formError(at, field, "length % X is not in its shortest form", r.all[at:at+size])
	}
	return length, size, nil
}

// want reads one element with a given tag.
func (r *derReader) want(tag byte, field string) (derElement, error) {
	at := r.at
	e, err := r.next(field)
	if err == nil && e.tag != tag {
		err = formError(at, field, "found %s, want %s", tagName(e.tag), tagName(tag))
	}
	return e, err
}

// done fails when something is left.
func (r *derReader) done(field string) error {
	if !r.empty() {
		return formError(r.at, field, "%d bytes follow its last field", r.end-r.at)
	}
	return nil
}

// maxDepth is how deep elements may nest. A real certificate needs 10.
const maxDepth = 24

// nest reads one element with a given tag and checks what nests in it.
func (r *derReader) nest(tag byte, field string) error {
	e, err := r.want(tag, field)
	if err != nil {
		return err
	}
	return r.inside(e).checkNesting(field, 1)
}

// checkNesting walks through all constructed elements, so that no parser after this one meets a bad length or a deep nest.
func (r *derReader) checkNesting(field string, depth int) error {
	if depth > maxDepth {
		return formError(r.at, field, "nests deeper than %d levels", maxDepth)
	}
	for !r.empty() {
		e, err := r.next(field)
		if err != nil {
			return err
		}
		if e.tag&tagConstructed != 0 {
			if err := r.inside(e).checkNesting(field, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
