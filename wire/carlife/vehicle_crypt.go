package carlife

import pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"

// The head unit's side of the key exchange, see phone_crypt.go. As the
// published code does, it answers E1 even if its own setting is off, and asks
// for the encoder at each E5.

func (v *Vehicle) onKeyRequest() {
	text, err := PublicKeyText(&v.opt.Key.PublicKey)
	if err != nil || v.profile == ProfileCppLib {
		v.emit(Received{MsgMDRSAPublicKeyRequest, nil})
		return
	}
	_ = v.say(MsgHURSAPublicKeyResponse, &pb.CarlifeHuRsaPublicKeyResponse{RsaPublicKey: &text})
}

func (v *Vehicle) onKey(b *pb.CarlifeMdAesKeyRequest) {
	if v.profile == ProfileCppLib {
		v.emit(Received{MsgMDAESKeySendRequest, b})
		return
	}
	key, err := UnwrapKey(v.opt.Key, b.GetAesKey())
	rx := new(Cipher)
	if err == nil {
		err = rx.Enable(key)
	}
	if err != nil {
		// The application would go on with no key at all and fail at the next
		// body; say why instead.
		v.emit(Violation{RuleKeyExchange, MsgMDAESKeySendRequest, err})
		v.close(CloseViolation, err)
		return
	}
	v.rx, v.tx = rx, v.cipher(key)
	_ = v.say(MsgHUAESRecResponse, nil)
	v.emit(EncryptionOn{})
}

func (v *Vehicle) onEncryptReady() {
	if v.rx == nil {
		v.emit(Violation{RuleKeyExchange, MsgMDEncryptReady, errOutOfOrder})
	}
	v.askEncoder()
}
