package carlife

import "google.golang.org/protobuf/encoding/protowire"

// GuessProfile tells from the payload of 00010033 or 00010034 for which profile
// it was written: field 2 is a number for the application, a nested message for
// the library. Without field 2 nothing can be told.
func GuessProfile(payload []byte) (Profile, bool) {
	for len(payload) > 0 {
		num, typ, n := protowire.ConsumeTag(payload)
		if n < 0 {
			return 0, false
		}
		if num == 2 {
			return map[protowire.Type]Profile{protowire.VarintType: ProfileHUApp, protowire.BytesType: ProfileCppLib}[typ],
				typ == protowire.VarintType || typ == protowire.BytesType
		}
		payload = payload[n:]
		if n = protowire.ConsumeFieldValue(num, typ, payload); n < 0 {
			return 0, false
		}
		payload = payload[n:]
	}
	return 0, false
}
