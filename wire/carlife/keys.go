package carlife

import "fmt"

// HardKey is a key of the car, as TOUCH_HARD_KEY carries it.
//
// Source: Baidu CarLife vehicle library and head-unit application.
type HardKey int32

// The keys. The library's test program calls [KeySeekNext] "next song" and
// [KeySeekPrevious] "previous song".
const (
	KeyHome           HardKey = 0x01
	KeyCall           HardKey = 0x02
	KeyEndCall        HardKey = 0x03
	KeyEndMute        HardKey = 0x04
	KeyHFP            HardKey = 0x05
	KeySelectNext     HardKey = 0x06
	KeySelectPrevious HardKey = 0x07
	KeySetting        HardKey = 0x08
	KeyMedia          HardKey = 0x09
	KeyRadio          HardKey = 0x0A
	KeyNavi           HardKey = 0x0B
	KeySource         HardKey = 0x0C
	KeyMode           HardKey = 0x0D
	KeyBack           HardKey = 0x0E
	KeySeekPrevious   HardKey = 0x0F
	KeySeekNext       HardKey = 0x10
	KeyVolumeDown     HardKey = 0x11
	KeyVolumeUp       HardKey = 0x12
	KeyMute           HardKey = 0x13
	KeyOK             HardKey = 0x14
	KeyLeft           HardKey = 0x15
	KeyRight          HardKey = 0x16
	KeyUp             HardKey = 0x17
	KeyDown           HardKey = 0x18
	KeyUpLeft         HardKey = 0x19
	KeyUpRight        HardKey = 0x1A
	KeyDownLeft       HardKey = 0x1B
	KeyDownRight      HardKey = 0x1C
	KeyTel            HardKey = 0x1D
	KeyMain           HardKey = 0x1E
	KeyMediaStart     HardKey = 0x1F
	KeyMediaStop      HardKey = 0x20
	KeyVRStart        HardKey = 0x21
	KeyVRStop         HardKey = 0x22
	KeyDigit0         HardKey = 0x23
	KeyDigit1         HardKey = 0x24
	KeyDigit2         HardKey = 0x25
	KeyDigit3         HardKey = 0x26
	KeyDigit4         HardKey = 0x27
	KeyDigit5         HardKey = 0x28
	KeyDigit6         HardKey = 0x29
	KeyDigit7         HardKey = 0x2A
	KeyDigit8         HardKey = 0x2B
	KeyDigit9         HardKey = 0x2C
	KeyStar           HardKey = 0x2D
	KeyPound          HardKey = 0x2E
	KeyDelete         HardKey = 0x2F
	KeyClear          HardKey = 0x30
	KeyPlus           HardKey = 0x31
)

var keyNames = [...]string{
	KeyHome:           "home",
	KeyCall:           "call",
	KeyEndCall:        "end call",
	KeyEndMute:        "end / mute",
	KeyHFP:            "HFP",
	KeySelectNext:     "select next",
	KeySelectPrevious: "select previous",
	KeySetting:        "setting",
	KeyMedia:          "media",
	KeyRadio:          "radio",
	KeyNavi:           "navi",
	KeySource:         "source",
	KeyMode:           "mode",
	KeyBack:           "back",
	KeySeekPrevious:   "seek previous",
	KeySeekNext:       "seek next",
	KeyVolumeDown:     "volume -",
	KeyVolumeUp:       "volume +",
	KeyMute:           "mute",
	KeyOK:             "OK",
	KeyLeft:           "left",
	KeyRight:          "right",
	KeyUp:             "up",
	KeyDown:           "down",
	KeyUpLeft:         "up-left",
	KeyUpRight:        "up-right",
	KeyDownLeft:       "down-left",
	KeyDownRight:      "down-right",
	KeyTel:            "tel",
	KeyMain:           "main",
	KeyMediaStart:     "media start",
	KeyMediaStop:      "media stop",
	KeyVRStart:        "VR start",
	KeyVRStop:         "VR stop",
	KeyDigit0:         "0",
	KeyDigit1:         "1",
	KeyDigit2:         "2",
	KeyDigit3:         "3",
	KeyDigit4:         "4",
	KeyDigit5:         "5",
	KeyDigit6:         "6",
	KeyDigit7:         "7",
	KeyDigit8:         "8",
	KeyDigit9:         "9",
	KeyStar:           "*",
	KeyPound:          "#",
	KeyDelete:         "delete",
	KeyClear:          "clear",
	KeyPlus:           "+",
}

// String returns the key's name, or "key 0xNN".
func (k HardKey) String() string {
	if k.Valid() {
		return keyNames[k]
	}
	return fmt.Sprintf("key %#02x", int32(k))
}

// Valid reports whether the key is in the published list, 0x01 to 0x31.
func (k HardKey) Valid() bool { return k >= KeyHome && k <= KeyPlus }

// KeyDigit returns the key of decimal digit d, 0 to 9; anything else gives an
// invalid key.
func KeyDigit(d int) HardKey {
	if d < 0 || d > 9 {
		return 0
	}
	return KeyDigit0 + HardKey(d)
}
