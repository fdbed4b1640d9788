package carlife

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
)

// TestKey returns the RSA-2048 key pair of simulated head units. It is a TEST
// KEY, published with this source, fixed so that a run can be replayed byte for
// byte; a real head unit makes a new pair each time its application starts.
// The value is shared: do not change it.
func TestKey() *rsa.PrivateKey { return testKey }

var testKey = parseTestKey()

func parseTestKey() *rsa.PrivateKey {
	block, _ := pem.Decode([]byte(testKeyPEM))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic("carlife: embedded test key: " + err.Error())
	}
	return key.(*rsa.PrivateKey)
}

// testKeyPEM protects nothing. PLUGFEST TEST KEY, NOT A SECRET.
const testKeyPEM = `PLUGFEST TEST KEY, NOT A SECRET
-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQC2PDnSEwW0WdtO
pYAEqCN3DQVgXjgu0YUIcG52U12mju0PnSgKYhFBtRm3mQ3DisNUR3PSK/pznFsm
uwsddC6iPqA5qLTd9AGttTgF+gObXZN5kCpIIbPUmhW4pd7LcDJDswFPB5qNenKC
n8QI3K15vyYbSyVL+J+RXadoHThewAjChiJByQvFWyrt6UKCwKVh9gtH2uA2Va3d
WcdqHp1YfI9vZ49I+2jn2fzSLVsIISysX9SaceO3dsrFHILWu5s6TQcbCB2aBbYQ
dhPrIbG2SBLgmM8gOJ5CdGGAYclHrKoQWJcm71B62neF9HOFVKAJbJf2jqDw0e+F
R/piEAZDAgMBAAECggEADHCtunStpINSexrFfkvjaTqcfdjLZA14fpF88PCS9Dj4
ijgpEMBjZjAQioh/uIljToBhhzI/ssm0gpSCgecO/JNi3lzGcAplXPAshrfrrBz7
YXE2ebMXSBxL/vgPw/qA6+nZ3S/Ah1zvA+dtJfUOleuMaeY7gbqosJngljURxoye
hoOJ8zGV2I2CaL/AGPlS93Avyf/Thye2RkFqlvGhFjauVKyjnZ4vTyyaSvQPmzX8
5R/V9af9yBlYGnC/f/6DUGHRUBUEAmT2NoFi0elE3Ai4Spy6QI0i7tBlvtgiPhTN
T8bARQfhYGFSxxlA0b5SpzOf5umkT2v8/cQMTBpwDQKBgQD/E6uFso7h2RU3VNGV
pMxxXfYnWMFA42Jq/3cBsk1HngEcVcGUez/Dkps911oVOJeA981ZZROGCzeoH/JY
fmXtdNvSv7EV6swF3Xg4mKvit5gx8E37P+2f0KQ4dQHlooTfAtOfJGodksbmVotT
0UwREMxqYq/0CLt4W9Z+thStBwKBgQC25RFYmuOMCmO/Q3rUfVvYMELiRgDrjceH
YcfA5n0OIlVsXahxVUOoAHnvI1spPdYrg1HdHXjL24El4YhRRUAi5A7Kj0wnFdDa
JP7Ks4gVvdmy1lAGA9MMfFx0bfve04MO6cV5V9uW+OXPNVdBneZMVdB1JnM1wgwC
KGHn2aQJ5QKBgDClvLmz80Ipl71ExPAITSF17SNV7w2EEFodvMGrEsgM32NbC59Y
3jFbfZYOw1R2xZZILHbXKyEOdJ/w79RmzuO5vM711j062Yxoz6vjmiyUHUew7/5y
E8y+CwPldOYp17N8o4WfeUmIm7yEVvA2Y46BqKrFhY9CNxbeVQs3iLvzAoGAHMT5
rotmwc+ckyiFOMmjWeV1j+xdFrCNs2ERL+nRwBhsgYhWB8XWx6WTiKdyHpGoj92v
Ue3h44da0F+its4C4booDXrvCrLm0HnDTpVhEbJ0fSozGk8dsrgZPwNR/GIfGohx
VL4aP6xVUfvdBuhUoqtZCCSNOOaWRvydMgBNSnUCgYATbNkFlKk4UJvudgARa+Jg
mDSAdpnb9IgZzYVX7410HzJiHJ1t4KwWmds0NbFSFNPQMIdO6Da2FV4RpCYVnizO
fcK5Uw3gbHIYucf973ultY3huDAD0cdtpMcZ7RyT3SeK41Daut9uzUKjm9uNC69K
0BVfC2rX284fRk6DvyQHvQ==
-----END PRIVATE KEY-----
`
