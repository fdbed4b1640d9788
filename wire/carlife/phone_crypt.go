package carlife

import pb "github.com/plugfest/plugfest/wire/carlife/carlifepb"

// The phone's side of the key exchange:
//
//	E1 -> MD_RSA_PUBLIC_KEY_REQUEST
//	E2 <- HU_RSA_PUBLIC_KEY_RESPONSE   RSA-2048, SubjectPublicKeyInfo, Base64
//	E3 -> MD_AES_KEY_SEND_REQUEST      last clear body
//	E4 <- HU_AES_REC_RESPONSE          the head unit encrypts from here on
//	E5 -> MD_ENCRYPT_READY             allows VIDEO_ENCODER_INIT
//
// Source: Baidu CarLife head-unit application.

func (p *Phone) onFeatures(b *pb.CarlifeFeatureConfigList) {
	list := features(b)
	p.emit(Features{list})
	if int(b.GetCnt()) != len(list) {
		p.violate(RuleBody, MsgHUFeatureConfigResponse, "cnt %d, %d entries", b.GetCnt(), len(list))
	}
	if featureValue(list, FeatureContentEncryption) == 0 || p.opt.RefuseEncryption || p.cryptAsked {
		return
	}
	p.encrypt, p.cryptAsked = true, true
	if p.asked {
		p.violate(RuleInitBeforeReady, MsgVideoEncoderInit, "it came before, and %s is 1", FeatureContentEncryption)
	}
	_ = p.say(MsgMDRSAPublicKeyRequest, nil)
}

func (p *Phone) onPublicKey(b *pb.CarlifeHuRsaPublicKeyResponse) {
	if !p.cryptAsked || p.tx != nil {
		p.emit(Violation{RuleKeyExchange, MsgHURSAPublicKeyResponse, errOutOfOrder})
		return
	}
	pub, err := ParsePublicKeyText(b.GetRsaPublicKey())
	if err == nil {
		p.key, err = keyText(p.opt.Random)
	}
	var text string
	if err == nil {
		text, err = WrapKey(p.opt.Random, pub, p.key)
	}
	if err != nil {
		p.emit(Violation{RuleKeyExchange, MsgHURSAPublicKeyResponse, err})
		return
	}
	_ = p.say(MsgMDAESKeySendRequest, &pb.CarlifeMdAesKeyRequest{AesKey: &text})
	p.tx = p.cipher(p.key)
}

func (p *Phone) onKeyReceived() {
	if p.tx == nil || p.rx != nil {
		p.emit(Violation{RuleKeyExchange, MsgHUAESRecResponse, errOutOfOrder})
		return
	}
	p.rx = new(Cipher)
	_ = p.rx.Enable(p.key) // 16 bytes of our own
	_ = p.say(MsgMDEncryptReady, nil)
	p.ready = true
	p.clearNext = p.faults.Has(FaultClearBody)
	p.emit(EncryptionOn{})
	if !p.asked {
		p.expect("encoder init")
	}
}

// cipher returns the sending cipher of either end.
func (s *session) cipher(key []byte) *Cipher {
	if s.faults.Has(FaultStaleKey) {
		key = []byte(StaleKeyText)
	}
	c := new(Cipher)
	if c.Enable(key) != nil {
		return nil
	}
	return c
}
