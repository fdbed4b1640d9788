// Package testca is a certification authority for simulated MFi accessories, and the verifier that a simulated phone uses.
//
// The certificates have the form and the size of the real ones: DER PKCS#7 signedData without signers around exactly one X.509
// certificate, 908 bytes with an RSA-1024 key and sha1WithRSAEncryption for generation 2.0, 608 bytes with a P-256 key and
// ecdsa-with-SHA256 for 3.0. Their names say that they are a test's, their keys are public, and no real phone trusts them.
//
// # Determinism
//
// [CA.Issue] is a function of generation, seed and options: the same seed gives the same certificate and, since RSA signatures are
// PKCS#1 v1.5 and ECDSA signatures follow RFC 6979, the same signatures, byte for byte.
//
// # Judging
//
// A [Verifier] takes the certificate and the signature as the phone gets them over iAP2 (messages AA01 and AA03). It checks the form
// first, with an error that names offset and field, and then as much as its [Policy] says. Time is never checked: phones in the field
// accept certificates that have long expired.
//
// Sources: WACResearch (form, names, extensions, what is signed), redline-labs/digital_dashboard (908 bytes, expiry ignored),
// HomeKitADK (sizes), wiomoc/iap2.
package testca
