// Package control reads and writes the messages of the iAP2 control session,
// and holds the catalogue of all messages that public sources describe.
//
// # Framing
//
// A control session is a stream of messages; each is a header and a list of
// parameters, and a parameter may be a group with a list of its own. An
// Assembler cuts the stream into messages and finds its way back after damage.
// Parse reads a single message. Message, Params and Param refer to the bytes
// they came from and allocate nothing. A Builder appends a message to a buffer,
// parameter by parameter.
//
// # Catalogue
//
// The messages are data: catalogue.yaml gives each one its id, name and sender,
// and each parameter its id, name, type, whether it is required, the confidence
// in it, and its source. Lookup and ByName find a MessageSpec. Everything that
// knows messages by name reads that one table:
//
//   - Build makes a message from names and values, Decode does the reverse.
//   - Validate compares a message with the catalogue.
//   - Dense and Indented describe a message to people.
//   - MessageSpec.Random and MessageSpec.Break make up good and bad messages.
//   - Markdown renders the catalogue as a page.
//
// # Receiving
//
// Receivers are tolerant where real devices are: unknown messages and
// parameters are ignored, the first of a doubled parameter counts, an empty
// bool reads true, a flag outside of identification may have a value. They
// refuse a whole message whose parameters do not fill it exactly. Validate
// marks each Finding as tolerated or not, so that a strict endpoint and a
// conformance check can take the harder view. CheckIdentification is the
// device's judgement of an accessory's identification.
package control
